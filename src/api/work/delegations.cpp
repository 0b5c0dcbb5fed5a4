// GET, PUT and DELETE /delegations: who decides in one's stead.
#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "api/work/requests_routes.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

json::Object to_json(const approvals::Delegation& delegation) {
  return {{"delegate", delegation.delegate.view()},
          {"from_ms", delegation.from_ms},
          {"until_ms", delegation.until_ms}};
}

Task<Response> get_delegation(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::ApprovalRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto delegation = services.approvals.delegation_of(call.subject.user);
  json::Array list;
  if (delegation) list.emplace_back(to_json(*delegation));
  json::Object body;
  body.emplace("delegations", std::move(list));
  co_return resource::ok(body);
}

Task<Response> put_delegation(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  const auto delegate = matrix::parse_user_id(json::string_or(call.body, "delegate", ""));
  if (!delegate) co_return resource::failed(delegate.error(), call.request);
  const approvals::Delegation delegation{
      .delegate = *delegate,
      .from_ms = json::integer_or(call.body, "from_ms", pipeline.clock().now_ms()),
      .until_ms = json::integer_or(call.body, "until_ms", 0)};
  auto storing = services.approvals.delegate(call.subject, delegation);
  const auto stored = co_await std::move(storing);
  if (!stored) co_return resource::failed(stored.error(), call.request);
  co_return resource::ok(to_json(delegation));
}

Task<Response> delete_delegation(Call& call, ApprovalServices& services) {
  auto ending = services.approvals.end_delegation(call.subject);
  const auto ended = co_await std::move(ending);
  if (!ended) co_return resource::failed(ended.error(), call.request);
  co_return resource::no_content();
}

}  // namespace

void add_delegation_routes(net::Router& router, Pipeline& pipeline, ApprovalServices& services) {
  pipeline.add(router, net::Method::Get, "/_kuramori/v1/delegations", {},
               [&](Call& call) { return get_delegation(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, "/_kuramori/v1/delegations",
               {.limit = "message", .body = resource::Body::Object},
               [&](Call& call) { return put_delegation(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, "/_kuramori/v1/delegations", {.limit = "message"},
               [&](Call& call) { return delete_delegation(call, services); });
}

}  // namespace kuramori::api::work
