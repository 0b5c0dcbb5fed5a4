#include "gate/sight.hpp"

#include "gate/policy_in_force.hpp"
#include "gate/surroundings_of_gate.hpp"

namespace kuramori::gate {

namespace {

const governance::RuleSelection& rules_of(const PolicyInForce& policy) {
  return policy.rules[static_cast<std::size_t>(Operation::ContentSee)];
}

// What no rule speaks of is seen, also under a policy that refuses what no rule allows: reading was allowed.
bool hides(const governance::Decision& decision) {
  if (decision.rule == "unmatched") return false;
  return decision.effect == governance::Effect::Refuse || decision.effect == governance::Effect::Hold;
}

}  // namespace

bool Sight::is_limited_by(const PolicyInForce& policy) {
  return !rules_of(policy).rules.empty();
}

runtime::Task<void> Sight::prepare(RoomId room) const {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = rooms_.find(room);
    if (known != rooms_.end() && known->second.policy == ports_.in_force()) co_return;
  }
  const OrganisationFacts* organisation = ports_.providers.organisation;
  if (organisation != nullptr && !organisation->knows(room)) {
    auto preparing = organisation->prepare(room);
    co_await std::move(preparing);
  }
  InRoom found = look(room);
  const std::scoped_lock lock(mutex_);
  rooms_.insert_or_assign(std::move(room), std::move(found));
}

Sight::InRoom Sight::look(const RoomId& room) const {
  InRoom found{.policy = ports_.in_force()};
  const governance::CompiledPolicy& policy = *found.policy->policy;
  const governance::LabelLattice& labels = policy.document().labels;
  const SurroundingsOfGate around(ports_.providers, ports_.counters, policy.document());
  found.room = labels.find(around.label(room.view())).value_or(labels.unlabelled());
  for (std::size_t label = 0; label < labels.labels().size(); ++label) {
    const auto index = static_cast<governance::LabelIndex>(label);
    const json::Object content{{governance::kLabelKey, json::Object{{"label", labels.id(index)}}}};
    const governance::Question question{.operation = to_string(Operation::ContentSee),
                                        .subject = {.user = subject_.user.view(),
                                                    .role = to_string(subject_.role),
                                                    .device = subject_.device.view(),
                                                    .address = subject_.address,
                                                    .user_agent = subject_.user_agent,
                                                    .language = subject_.language},
                                        .resource = {.room = room.view()},
                                        .content = &content,
                                        .surroundings = &around,
                                        .time = ports_.clock.now()};
    const auto decision = policy.evaluate(rules_of(*found.policy), question);
    // What could not be decided is not shown.
    if (decision && !hides(*decision)) found.visible |= governance::LabelSet{1} << label;
  }
  return found;
}

bool Sight::shows(const RoomId& room, const json::Object& content) const {
  const std::scoped_lock lock(mutex_);
  const auto known = rooms_.find(room);
  if (known == rooms_.end()) return false;
  const InRoom& in_room = known->second;
  governance::LabelIndex label = in_room.room;
  if (const std::string_view own = governance::label_of(content); !own.empty()) {
    const governance::LabelLattice& labels = in_room.policy->policy->document().labels;
    if (const auto found = labels.find(own)) label = labels.join(label, *found);
  }
  return (in_room.visible >> label & 1U) != 0;
}

}  // namespace kuramori::gate
