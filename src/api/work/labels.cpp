// PUT /rooms/{room}/events/{event}/label: another label for a message that was sent. Its sender may, and the
// officers; whether a lower one needs an approval is the policy's to say.
#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "api/work/requests_routes.hpp"
#include "base/text.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kLabelReasonBytesMax = 1'000;

// A label that the policy knows, or null.
Result<provenance::LabelWish> label_wish_in(const json::Object& body,
                                            const governance::LabelLattice& labels) {
  provenance::LabelWish wish;
  const json::Value* label = json::find(body, "label");
  if (label == nullptr) return missing_argument("label");
  if (label->is_string()) wish.label = std::string(json::view(label->get_string()));
  const bool is_known = label->is_null() || (label->is_string() && labels.find(wish.label));
  if (!is_known) return invalid_argument("'label' must be a label of the policy, or null to take it off.");
  KURAMORI_TRY(reason, json::required_string(body, "reason"));
  wish.reason = std::string(text::trim(reason));
  if (wish.reason.empty() || wish.reason.size() > kLabelReasonBytesMax)
    return invalid_argument("'reason' must say why, in at most 1,000 octets.");
  return wish;
}

bool may_relabel(const gate::Subject& subject, const provenance::LabelledMessage& message) {
  return subject.user == message.sender || subject.role == gate::Role::SecurityOfficer ||
         subject.role == gate::Role::ComplianceOfficer;
}

// As the condition label_lowered reads it; rules about labels see the label that the message has.
json::Object asked_content(const provenance::LabelledMessage& message, const provenance::LabelWish& wish) {
  json::Object content{{"label", wish.label}, {"before", message.label}};
  if (!message.label.empty()) content[governance::kLabelKey] = json::Object{{"label", message.label}};
  return content;
}

json::Value label_or_null(const std::string& label) {
  return label.empty() ? json::Value(nullptr) : json::Value(label);
}

Task<Response> put_label(Call& call, Pipeline& pipeline, LabelServices& services) {
  auto wish = label_wish_in(call.body, pipeline.gate().policy()->document().labels);
  if (!wish) co_return resource::failed(wish.error(), call.request);
  gate::Resource resource;
  resource.room = RoomId(call.parameter(0));
  resource.event = EventId(call.parameter(1));
  auto finding = services.relabelling.find(resource.room, resource.event);
  auto message = co_await std::move(finding);
  if (!message) co_return resource::failed(message.error(), call.request);
  // Nobody else is told that the message exists.
  if (!may_relabel(call.subject, *message))
    co_return resource::failed(not_found("There is no such message in this room."), call.request);
  const json::Object content = asked_content(*message, *wish);
  auto admitting = pipeline.admit(call, gate::Operation::LabelSet, std::move(resource), &content);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const json::Object body{{"label", label_or_null(wish->label)}, {"before", label_or_null(message->label)}};
  auto setting = services.relabelling.set(*std::move(admitted.permit), *std::move(message), *std::move(wish));
  const auto set = co_await std::move(setting);
  if (!set) co_return resource::failed(set.error(), call.request);
  co_return resource::ok(body);
}

}  // namespace

void add_label_routes(net::Router& router, Pipeline& pipeline, LabelServices& services) {
  pipeline.add(router, net::Method::Put, "/_kuramori/v1/rooms/{room}/events/{event}/label",
               {.limit = "message", .body = resource::Body::Object},
               [&](Call& call) { return put_label(call, pipeline, services); });
}

}  // namespace kuramori::api::work
