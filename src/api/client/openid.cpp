// OpenID tokens (client-server API, module openid), and the question that other services ask about them
// (server-server API, "OpenID"): it carries no server's signature, so it is answered here.
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_request_token(Call& call, Pipeline& pipeline, PeopleServices& services) {
  if (auto denied = refuse_unless_own(call, "OpenID tokens")) co_return *std::move(denied);
  auto admitted = co_await pipeline.admit(call, gate::Operation::OpenIdIssue, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto token = co_await services.openid.issue(*std::move(admitted.permit));
  if (!token) co_return failed(token.error());
  json::Object body;
  body.emplace("access_token", *token);
  body.emplace("token_type", "Bearer");
  body.emplace("matrix_server_name", services.options.server.view());
  body.emplace("expires_in",
               std::chrono::duration_cast<std::chrono::seconds>(people::OpenIdTokens::kLifetime).count());
  co_return ok(body);
}

Task<Response> get_user_info(Call& call, PeopleServices& services) {
  const auto token = call.request.query_value("access_token");
  const auto owner = token ? services.openid.owner(*token) : std::nullopt;
  if (!owner) {
    co_return failed(Error(ErrorCode::Unauthenticated, token ? "M_UNKNOWN_TOKEN" : "M_MISSING_TOKEN",
                           "The token is not known, or no longer valid."));
  }
  const auto account = co_await services.accounts.find(*owner);
  const bool is_active =
      account && !account->deactivated && services.restrictions.of(*owner).locked == identity::Locked::No;
  if (!is_active) {
    co_return failed(Error(ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "The account is not in use."));
  }
  json::Object body;
  body.emplace("sub", owner->view());
  co_return ok(body);
}

}  // namespace

void add_openid_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/user/{user}/openid/request_token"),
               {.access = Access::User, .limit = "room", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_request_token(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, {"/_matrix/federation/v1/openid/userinfo"},
               {.access = Access::Public, .limit = "room"},
               [&](Call& call) { return get_user_info(call, services); });
}

}  // namespace kuramori::api::client
