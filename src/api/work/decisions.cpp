// GET /approvals and POST /approvals/{id}/decision: what one is asked about.
#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "api/work/requests_routes.hpp"
#include "approvals/answer.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

Task<Response> get_approvals(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::ApprovalRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reading = services.approvals.asked_of(call.subject.user);
  const auto requests = co_await std::move(reading);
  if (!requests) co_return resource::failed(requests.error(), call.request);
  json::Array list;
  for (const approvals::Request& request : *requests) list.emplace_back(approvals::to_json(request));
  json::Object body;
  body.emplace("approvals", std::move(list));
  co_return resource::ok(body);
}

Task<Response> post_decision(Call& call, ApprovalServices& services) {
  const auto decision = json::required_string(call.body, "decision");
  if (!decision) co_return resource::failed(decision.error(), call.request);
  auto reason = json::optional_string(call.body, "reason");
  if (!reason) co_return resource::failed(reason.error(), call.request);
  const std::string why = std::move(*reason).value_or("");
  const bool is_known = *decision == "approve" || *decision == "refuse";
  if (!is_known || why.size() > approvals::kReasonMax) {
    co_return resource::failed(
        invalid_argument("'decision' must be \"approve\" or \"refuse\", and 'reason' at most 2000 octets."),
        call.request);
  }
  const auto verdict = *decision == "approve" ? approvals::Verdict::Approve : approvals::Verdict::Refuse;
  auto deciding = services.approvals.decide(call.subject, call.parameter(0), verdict, why);
  const auto request = co_await std::move(deciding);
  if (!request) co_return resource::failed(request.error(), call.request);
  co_return resource::ok(approvals::to_json(*request));
}

}  // namespace

void add_decision_routes(net::Router& router, Pipeline& pipeline, ApprovalServices& services) {
  pipeline.add(router, net::Method::Get, "/_kuramori/v1/approvals", {},
               [&](Call& call) { return get_approvals(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, "/_kuramori/v1/approvals/{id}/decision",
               {.limit = "message", .body = resource::Body::Object},
               [&](Call& call) { return post_decision(call, services); });
}

}  // namespace kuramori::api::work
