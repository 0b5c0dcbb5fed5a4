#include "gate/amended_content.hpp"

#include "governance/labels.hpp"

namespace kuramori::gate {
namespace {

// Whether the act's content is an event's, which carries its label along.
bool carries_label(const Action& action) {
  return action.content != nullptr &&
         (action.operation == Operation::RoomSend || action.operation == Operation::DelayedEventSet);
}

}  // namespace

Amendment amendment_of(const Action& action, const governance::Duties& duties,
                       const governance::Surroundings& around) {
  if (!carries_label(action)) return {};
  const governance::ContentOrigin origin = around.origin(*action.content, action.resource.room.view());
  return {.hops = origin.hops,
          .no_forward = duties.no_forward || governance::is_not_passed_on(*action.content, origin)};
}

bool needs_amendment(const Action& action, const governance::Decision& decision, const Amendment& amendment) {
  if (decision.masked_content) return true;
  return carries_label(action) && (!decision.label.empty() || amendment.hops > 0 || amendment.no_forward ||
                                   action.content->contains(governance::kForwardedKey));
}

json::Object amended(const Action& action, governance::Decision& decision, const Amendment& amendment) {
  json::Object content = decision.masked_content     ? *std::move(decision.masked_content)
                         : action.content != nullptr ? *action.content
                                                     : json::Object();
  if (!carries_label(action)) return content;
  if (!decision.label.empty() && governance::label_of(content) != decision.label)
    content[governance::kLabelKey] = json::Object{{"label", decision.label}};
  if (amendment.no_forward) content[governance::kNoForwardKey] = true;
  // Nobody but the server says where something comes from.
  content.erase(governance::kForwardedKey);
  if (amendment.hops > 0) content[governance::kForwardedKey] = json::Object{{"hops", amendment.hops}};
  return content;
}

}  // namespace kuramori::gate
