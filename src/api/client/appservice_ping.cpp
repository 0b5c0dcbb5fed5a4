// POST /appservice/{appserviceId}/ping: the service asks whether we reach it (application-service API,
// "Pinging").
#include "api/client/appservices_routes.hpp"
#include "api/client/service_callers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Response refusal(int status, std::string_view code, std::string_view message) {
  json::Object body;
  body["errcode"] = code;
  body["error"] = message;
  return with_status(status, body);
}

Response render(const PingAnswer& answer) {
  switch (answer.outcome) {
    case PingAnswer::Outcome::NoAddress:
      return refusal(400, "M_URL_NOT_SET", "The registration of this application service has no url.");
    case PingAnswer::Outcome::NoConnection:
      return refusal(502, "M_CONNECTION_FAILED", "The application service cannot be reached.");
    case PingAnswer::Outcome::TimeOut:
      return refusal(504, "M_CONNECTION_TIMEOUT", "The application service does not answer in time.");
    case PingAnswer::Outcome::BadStatus: {
      json::Object body;
      body["errcode"] = "M_BAD_STATUS";
      body["error"] = "The application service answered with status " + std::to_string(answer.status) + ".";
      body["status"] = answer.status;
      body["body"] = answer.body;
      return with_status(502, body);
    }
    case PingAnswer::Outcome::Answered:
      break;
  }
  json::Object body;
  body["duration_ms"] = answer.took.count();
  return ok(body);
}

Task<Response> post_ping(Call& call, Pipeline& pipeline) {
  if (call.service.empty() || call.service != call.parameter(0))
    co_return failed(forbidden("The token is not that of this application service."));
  auto transaction = json::optional_string(call.body, "transaction_id");
  if (!transaction) co_return failed(transaction.error());
  gate::Resource resource;
  resource.name = call.service;
  auto admitted = co_await pipeline.admit(call, gate::Operation::BridgePing, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto pinging =
      pipeline.services()->ping(*std::move(admitted.permit), call.service, *std::move(transaction));
  const PingAnswer answer = co_await std::move(pinging);
  co_return render(answer);
}

}  // namespace

void add_appservice_ping_routes(net::Router& router, Pipeline& pipeline) {
  pipeline.add(router, net::Method::Post, {"/_matrix/client/v1/appservice/{service}/ping"},
               {.access = Access::User, .limit = "", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_ping(call, pipeline); });
}

}  // namespace kuramori::api::client
