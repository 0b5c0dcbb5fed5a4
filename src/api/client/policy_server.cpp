#include "api/client/policy_server_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// Twice the size of an event: escapes and blanks.
constexpr std::size_t kPduBytesMax = 131'072;

std::vector<std::string> authorizations(const net::Request& request) {
  std::vector<std::string> values;
  for (const auto& [name, value] : request.headers) {
    if (name == "authorization") values.push_back(value);
  }
  return values;
}

// The specification has 400 for it, and the client of the sender reads it to the letter.
Response refused_to_sign(const gate::Refusal& refusal) {
  Response response = refused(refusal);
  response.status = 400;
  return response;
}

Task<Response> post_sign(Call& call, Pipeline& pipeline, PolicyServerServices& services) {
  policy_server::RequestAuthentication::Asking asking;
  asking.method = "POST";
  asking.uri = call.request.target;
  asking.headers = authorizations(call.request);
  asking.content = &call.body;
  auto authenticating = services.authentication.authenticate(std::move(asking));
  auto origin = co_await std::move(authenticating);
  if (!origin) co_return failed(origin.error());
  if (auto limited = pipeline.over_limit("policy_server_origin", origin->view()))
    co_return *std::move(limited);
  policy_server::Signer::Asking event;
  event.origin = *std::move(origin);
  event.address = call.subject.address;
  event.language = call.subject.language;
  event.pdu = std::move(call.body);
  auto signing = services.signer.sign(std::move(event));
  auto answer = co_await std::move(signing);
  if (const auto* signatures = std::get_if<json::Object>(&answer)) co_return ok(*signatures);
  if (const auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return refused_to_sign(*refusal);
  co_return failed(std::get<Error>(answer));
}

}  // namespace

void add_policy_server_routes(net::Router& router, Pipeline& pipeline, PolicyServerServices& services) {
  pipeline.add(router, net::Method::Post, {"/_matrix/policy/v1/sign"},
               {.access = Access::Public,
                .limit = "policy_server",
                .body_bytes_max = kPduBytesMax,
                .takes_body = true},
               [&](Call& call) { return post_sign(call, pipeline, services); });
}

}  // namespace kuramori::api::client
