// POST /policy/check: the mistakes of a document. POST /policy/explain: what the policy in force says of an
// act.
#include "api/admin/paths.hpp"
#include "api/admin/policy_routes.hpp"
#include "gate/policy_trial.hpp"
#include "gate/vocabulary.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

Task<Response> post_check(Call& call, Pipeline& pipeline, PolicyServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyExplain);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto checking = [document = std::move(call.request.body),
                   data = pipeline.gate().company_data()]() -> Result<json::Array> {
    return mistakes_of(document, data);
  };
  auto running = services.workers.run(std::move(checking));
  auto mistakes = co_await std::move(running);
  if (!mistakes) co_return resource::failed(mistakes.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "check");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Object body{{"valid", mistakes->empty()}};
  body.emplace("errors", *std::move(mistakes));
  co_return resource::ok(body);
}

Task<Response> post_explain(Call& call, Pipeline& pipeline) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyExplain);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto policy = pipeline.gate().policy();
  const auto said = gate::try_policy(*policy, call.body);
  if (!said) co_return resource::failed(said.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit),
                                   std::string(json::string_or(call.body, "operation", "room.send")));
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  co_return resource::ok(*said);
}

}  // namespace

json::Array mistakes_of(std::string_view document,
                        std::shared_ptr<const governance::CompanyData> company_data) {
  governance::ParseOptions options;
  options.company_data = std::move(company_data);
  options.vocabulary = gate::policy_vocabulary();
  const governance::ParsedPolicy parsed = governance::parse_policy(document, options);
  json::Array mistakes;
  for (const governance::Issue& issue : parsed.issues) {
    mistakes.emplace_back(json::Object{
        {"line", issue.line}, {"column", issue.column}, {"pointer", issue.path}, {"detail", issue.message}});
  }
  if (!mistakes.empty()) return mistakes;
  if (const auto compiled = gate::compile_policy(document, 1); !compiled)
    mistakes.emplace_back(json::Object{{"detail", compiled.error().message()}});
  return mistakes;
}

void add_policy_trial_routes(net::Router& router, Pipeline& pipeline, PolicyServices& services) {
  pipeline.add(router, net::Method::Post, path("/policy/check"),
               {.limit = "administration",
                .body = resource::Body::Text,
                .body_bytes_max = governance::PolicyLimits().document_bytes_max},
               [&](Call& call) { return post_check(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, path("/policy/explain"),
               {.limit = "administration", .body = resource::Body::Object},
               [&](Call& call) { return post_explain(call, pipeline); });
}

}  // namespace kuramori::api::admin
