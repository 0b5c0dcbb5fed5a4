// POST /login/get_token: a token that another client of the same user logs in with.
#include "api/client/confirmation.hpp"
#include "api/client/identity_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_get_token(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const UserId user = call.session->user;
  identity::ProtectedOperation operation{.endpoint = "POST /login/get_token",
                                         .user = user,
                                         .flows = {{{std::string(identity::kPasswordStage)}}}};
  auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
  if (confirmation.challenge) co_return *std::move(confirmation.challenge);

  gate::Resource resource;
  resource.user = user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountLogin, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const Milliseconds lifetime = services.options.login_token_lifetime;
  json::Object body;
  body["login_token"] = services.sessions.make_login_token(*admitted.permit, user, lifetime);
  body["expires_in_ms"] = lifetime.count();
  gate::Outcome outcome{.detail = "login token"};
  const auto recorded = co_await pipeline.gate().record(*std::move(admitted.permit), std::move(outcome));
  if (!recorded) co_return failed(recorded.error());
  co_return ok(body);
}

}  // namespace

void add_login_token_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(
      router, net::Method::Post, {"/_matrix/client/v1/login/get_token"},
      {.access = Access::UserNoGuests, .limit = "login_token", .takes_body = true, .body_optional = true},
      [&](Call& call) { return post_get_token(call, pipeline, services); });
}

}  // namespace kuramori::api::client
