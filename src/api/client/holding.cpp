#include "api/client/holding.hpp"

#include "approvals/texts.hpp"

namespace kuramori::api::client {
namespace {

net::Response held(const approvals::Request& request, const gate::Refusal& refusal) {
  json::Object body;
  body["errcode"] = "ORG_KURAMORI_HELD";
  body["error"] = approvals::held_text(request).in(refusal.language);
  body["org.kuramori.request"] = request.id;
  body["org.kuramori.decision"] = refusal.decision_id;
  body["org.kuramori.rules"] = json::Array(request.rules.begin(), request.rules.end());
  return with_status(403, body);
}

net::Response done(const approvals::Request& request) {
  json::Object body;
  if (!request.event.empty()) body["event_id"] = request.event.view();
  return ok(body);
}

net::Response ended(const approvals::Request& request, const gate::Refusal& refusal) {
  json::Object body;
  body["errcode"] = "M_FORBIDDEN";
  body["error"] = approvals::outcome_text(request).in(refusal.language);
  body["org.kuramori.request"] = request.id;
  return with_status(403, body);
}

}  // namespace

runtime::Task<net::Response> hold_or_refuse(const Call& call, RoomsServices& services, net::Response denied,
                                            std::optional<gate::Refusal> refusal, approvals::HeldAct act) {
  if (!refusal || services.approvals == nullptr) co_return denied;
  auto holding = services.approvals->hold(call.subject, std::move(act), *refusal);
  const auto request = co_await std::move(holding);
  if (!request) co_return failed(request.error());
  if (request->state == approvals::State::Delivered) co_return done(*request);
  if (approvals::is_open(request->state)) co_return held(*request, *refusal);
  co_return ended(*request, *refusal);
}

}  // namespace kuramori::api::client
