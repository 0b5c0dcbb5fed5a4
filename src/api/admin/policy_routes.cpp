// GET and PUT /policy, and its versions. A version is never changed; a rollback is a new one with an old
// document.
#include "api/admin/policy_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/resource/entity_tags.hpp"
#include "api/resource/page.hpp"
#include "api/resource/parameters.hpp"

namespace kuramori::api::admin {

using gate::StoredPolicy;
using net::Response;
using resource::Call;
using resource::Pipeline;
using resource::ProblemType;
using runtime::Task;

namespace {

constexpr std::size_t kReasonBytesMax = 1'000;

json::Object about(const StoredPolicy& policy) {
  json::Object object{{"version", policy.version}, {"created", to_rfc3339(policy.created)}};
  if (!policy.created_by.empty()) object.emplace("author", policy.created_by.view());
  return object;
}

// The version, or what is in force.
Task<Result<StoredPolicy>> find(PolicyServices& services, std::optional<std::int64_t> version) {
  auto query = [version](storage::Snapshot& snapshot) {
    return version ? gate::load_policy(snapshot, *version) : gate::load_current_policy(snapshot);
  };
  auto reading = services.reader.read(std::move(query));
  auto stored = co_await std::move(reading);
  if (!stored) co_return std::move(stored).error();
  if (!*stored) co_return not_found("There is no policy of this version.");
  co_return **std::move(stored);
}

Task<Response> get_policy(Call& call, Pipeline& pipeline, PolicyServices& services,
                          std::optional<std::int64_t> version) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto finding = find(services, version);
  auto stored = co_await std::move(finding);
  if (!stored) co_return resource::failed(stored.error(), call.request);
  const std::string tag = resource::tag_of(stored->version);
  auto recording =
      pipeline.record(call, *std::move(admitted.permit), "policy:" + std::to_string(stored->version));
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  if (resource::is_known_to_client(call.request, tag)) co_return resource::not_modified(tag);
  if (!version) co_return resource::ok_tagged(std::move(stored->document), tag);
  // The document is text already: it goes in as it is.
  std::string text = json::serialize(about(*stored));
  text.pop_back();
  text.append(",\"document\":").append(stored->document).append("}");
  co_return resource::ok_tagged(std::move(text), tag);
}

Task<Response> get_version(Call& call, Pipeline& pipeline, PolicyServices& services) {
  const auto version = resource::version_of(call.parameter(0));
  if (!version) co_return resource::failed(version.error(), call.request);
  auto getting = get_policy(call, pipeline, services, *version);
  auto response = co_await std::move(getting);
  co_return response;
}

Task<Response> list_versions(Call& call, Pipeline& pipeline, PolicyServices& services) {
  const auto page = resource::read_numbered_page(call.request, {.standard = 50, .most = 500});
  if (!page) co_return resource::failed(page.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto query = [page = *page](storage::Snapshot& snapshot) {
    return gate::list_policies(snapshot, page.limit, page.after);
  };
  auto reading = services.reader.read(std::move(query));
  const auto policies = co_await std::move(reading);
  if (!policies) co_return resource::failed(policies.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "versions");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Array entries;
  for (const StoredPolicy& policy : *policies) entries.emplace_back(about(policy));
  json::Object body{{"versions", std::move(entries)}};
  // Versions run from 1 without gaps.
  if (!policies->empty() && policies->back().version > 1)
    body.emplace("next_cursor", resource::to_cursor(std::to_string(policies->back().version)));
  co_return resource::ok(body);
}

Response invalid_policy(json::Array mistakes, const net::Request& request) {
  resource::Problem answer{.type = ProblemType::InvalidContent,
                           .detail = "The policy has " + std::to_string(mistakes.size()) +
                                     (mistakes.size() == 1 ? " mistake." : " mistakes."),
                           .code = "KURAMORI_POLICY_INVALID"};
  answer.members.emplace("errors", std::move(mistakes));
  return resource::to_response(answer, request);
}

// Puts the document in force when the client knows what it replaces.
Task<Response> swap(Call& call, Pipeline& pipeline, PolicyServices& services, std::string document) {
  const auto reason = resource::text_parameter(call.request, "reason", kReasonBytesMax);
  if (!reason) co_return resource::failed(reason.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicySwap);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto checking = [document]() -> Result<json::Array> { return mistakes_of(document); };
  auto running = services.workers.run(std::move(checking));
  auto mistakes = co_await std::move(running);
  if (!mistakes) co_return resource::failed(mistakes.error(), call.request);
  if (!mistakes->empty()) co_return invalid_policy(*std::move(mistakes), call.request);

  auto lane = co_await services.changing.enter();
  if (!lane) co_return resource::failed(lane.error(), call.request);
  const std::int64_t current = pipeline.gate().policy()->version();
  auto changed =
      resource::check_if_match(call.request, resource::tag_of(current), resource::Presence::Required);
  if (changed) co_return *std::move(changed);
  auto swapping = services.policies.swap(*std::move(admitted.permit), std::move(document));
  const auto version = co_await std::move(swapping);
  if (!version) co_return resource::failed(version.error(), call.request);
  Response response = resource::ok(json::Object{{"version", *version}});
  response.headers.emplace_back("ETag", resource::tag_of(*version));
  co_return response;
}

Task<Response> put_policy(Call& call, Pipeline& pipeline, PolicyServices& services) {
  auto swapping = swap(call, pipeline, services, std::move(call.request.body));
  auto response = co_await std::move(swapping);
  co_return response;
}

Task<Response> post_rollback(Call& call, Pipeline& pipeline, PolicyServices& services) {
  const auto version = resource::version_of(call.parameter(0));
  if (!version) co_return resource::failed(version.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto finding = find(services, *version);
  auto stored = co_await std::move(finding);
  if (!stored) co_return resource::failed(stored.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "policy:" + std::to_string(*version));
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  auto swapping = swap(call, pipeline, services, std::move(stored->document));
  auto response = co_await std::move(swapping);
  co_return response;
}

}  // namespace

void add_policy_routes(net::Router& router, Pipeline& pipeline, PolicyServices& services) {
  const resource::EndpointOptions options{.limit = "administration"};
  pipeline.add(router, net::Method::Get, path("/policy"), options,
               [&](Call& call) { return get_policy(call, pipeline, services, std::nullopt); });
  pipeline.add(router, net::Method::Put, path("/policy"),
               {.limit = "administration",
                .body = resource::Body::Text,
                .body_bytes_max = governance::PolicyLimits().document_bytes_max},
               [&](Call& call) { return put_policy(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, path("/policy/versions"), options,
               [&](Call& call) { return list_versions(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, path("/policy/versions/{version}"), options,
               [&](Call& call) { return get_version(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, path("/policy/versions/{version}/rollback"), options,
               [&](Call& call) { return post_rollback(call, pipeline, services); });
  add_policy_trial_routes(router, pipeline, services);
}

}  // namespace kuramori::api::admin
