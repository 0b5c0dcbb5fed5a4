// GET and PUT /policy, and its versions. A version is never changed; a rollback is a new one with an old
// document.
#include "api/admin/policy_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/admin/policy_change.hpp"
#include "api/resource/entity_tags.hpp"
#include "api/resource/page.hpp"
#include "api/resource/parameters.hpp"

namespace kuramori::api::admin {

using gate::StoredPolicy;
using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

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
  std::string text = json::serialize(gate::to_json(*stored));
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
  const auto page = resource::read_numbered_page(call.request, {.standard = 50, .most = 200});
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
  for (const gate::PolicyVersion& policy : *policies) entries.emplace_back(gate::to_json(policy));
  json::Object body{{"versions", std::move(entries)}};
  // Versions run from 1 without gaps.
  if (!policies->empty() && policies->back().version > 1)
    body.emplace("next_cursor", resource::to_cursor(std::to_string(policies->back().version)));
  co_return resource::ok(body);
}

// GET /policy/versions/{version}/difference?from=M: since version M, or since the one before.
Task<Response> get_difference(Call& call, Pipeline& pipeline, PolicyServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto version = resource::version_of(call.parameter(0));
  if (!version) co_return resource::failed(version.error(), call.request);
  const auto from = resource::integer_parameter(call.request, "from");
  if (!from) co_return resource::failed(from.error(), call.request);
  auto comparing = [&reader = services.reader, version = *version, base = *from] {
    return gate::difference_of(reader, version, base);
  };
  auto running = services.workers.run(std::move(comparing));
  const auto difference = co_await std::move(running);
  if (!difference) co_return resource::failed(difference.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "policy:" + std::to_string(*version));
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  co_return resource::ok(*difference);
}

Task<Response> put_policy(Call& call, Pipeline& pipeline, PolicyServices& services) {
  auto replacing =
      [document = std::move(call.request.body)](const governance::PolicyDocument&) -> Result<EditedPolicy> {
    return EditedPolicy{.document = document};
  };
  auto changing = change_policy(call, pipeline, services, std::move(replacing));
  auto response = co_await std::move(changing);
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
  auto replacing =
      [document = std::move(stored->document)](const governance::PolicyDocument&) -> Result<EditedPolicy> {
    return EditedPolicy{.document = document};
  };
  auto changing = change_policy(call, pipeline, services, std::move(replacing));
  auto response = co_await std::move(changing);
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
  pipeline.add(router, net::Method::Get, path("/policy/versions/{version}/difference"), options,
               [&](Call& call) { return get_difference(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, path("/policy/versions/{version}/rollback"), options,
               [&](Call& call) { return post_rollback(call, pipeline, services); });
  add_policy_trial_routes(router, pipeline, services);
  add_policy_section_routes(router, pipeline, services);
  add_detector_routes(router, pipeline, services);
}

}  // namespace kuramori::api::admin
