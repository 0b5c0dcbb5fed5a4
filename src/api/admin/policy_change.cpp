#include "api/admin/policy_change.hpp"

#include "api/resource/entity_tags.hpp"
#include "api/resource/parameters.hpp"
#include "base/text.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using resource::ProblemType;
using runtime::Task;

namespace {

Result<std::string> reason_of(const net::Request& request) {
  KURAMORI_TRY(reason, resource::text_parameter(request, "reason", gate::kPolicyReasonBytesMax));
  if (!text::trim(reason).empty()) return reason;
  return Error(ErrorCode::InvalidArgument, "M_MISSING_PARAM",
               "Say why, as ?reason=…: it is kept with the version and in the record.");
}

// What was sent is a part: its lines are not those of the document.
void tell_from(std::string_view place, json::Array& mistakes) {
  for (json::Value& each : mistakes) {
    json::Object& mistake = each.as_object();
    mistake.erase("line");
    mistake.erase("column");
    const std::string pointer(json::string_or(mistake, "pointer", ""));
    const bool is_inside = pointer == place || pointer.starts_with(std::string(place) + "/");
    if (!is_inside) continue;
    mistake["policy_pointer"] = pointer;
    mistake["pointer"] = pointer.substr(place.size());
  }
}

struct CheckedEdit {
  EditedPolicy edited;
  json::Array mistakes;
};

Result<CheckedEdit> edit_and_check(const PolicyEdit& edit, const governance::CompiledPolicy& in_force) {
  KURAMORI_TRY(edited, edit(in_force.document()));
  json::Array mistakes = mistakes_of(edited.document, in_force.company_data());
  if (edited.place) tell_from(*edited.place, mistakes);
  return CheckedEdit{std::move(edited), std::move(mistakes)};
}

}  // namespace

Response invalid_policy(json::Array mistakes, const net::Request& request) {
  resource::Problem answer{.type = ProblemType::InvalidContent,
                           .detail = "The policy has " + std::to_string(mistakes.size()) +
                                     (mistakes.size() == 1 ? " mistake." : " mistakes."),
                           .code = "KURAMORI_POLICY_INVALID"};
  answer.members.emplace("errors", std::move(mistakes));
  return resource::to_response(answer, request);
}

Task<Response> change_policy(Call& call, Pipeline& pipeline, PolicyServices& services, PolicyEdit edit) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicySwap);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reason = reason_of(call.request);
  if (!reason) co_return resource::failed(reason.error(), call.request);
  auto lane = co_await services.changing.enter();
  if (!lane) co_return resource::failed(lane.error(), call.request);
  const auto in_force = pipeline.gate().policy();
  auto changed = resource::check_if_match(call.request, resource::tag_of(in_force->version()),
                                          resource::Presence::Required);
  if (changed) co_return *std::move(changed);
  auto editing = [&edit, &in_force] { return edit_and_check(edit, *in_force); };
  auto running = services.workers.run(std::move(editing));
  auto checked = co_await std::move(running);
  if (!checked) co_return resource::failed(checked.error(), call.request);
  if (!checked->mistakes.empty()) co_return invalid_policy(std::move(checked->mistakes), call.request);

  gate::PolicyStore::Change change{.reason = *std::move(reason)};
  auto swapping = services.policies.swap(*std::move(admitted.permit), std::move(checked->edited.document),
                                         std::move(change));
  const auto version = co_await std::move(swapping);
  if (!version) co_return resource::failed(version.error(), call.request);
  Response response = resource::ok(json::Object{{"version", *version}});
  response.headers.emplace_back("ETag", resource::tag_of(*version));
  co_return response;
}

}  // namespace kuramori::api::admin
