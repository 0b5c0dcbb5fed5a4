// POST /refresh (client-server API, "Refreshing access tokens").
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_refresh(Call& call, Pipeline& pipeline, IdentityServices& services) {
  auto token = json::required_string(call.body, "refresh_token");
  if (!token) co_return failed(token.error());
  const auto owner = co_await services.sessions.owner_of_refresh_token(*token);
  if (!owner) co_return failed(owner.error());
  call.subject.user = *owner;
  gate::Resource resource;
  resource.user = *owner;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountRefresh, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto issued = co_await services.sessions.refresh(*std::move(admitted.permit), *std::move(token));
  if (!issued) co_return failed(issued.error());
  json::Object body;
  body["access_token"] = issued->access_token;
  body["refresh_token"] = issued->refresh_token;
  body["expires_in_ms"] = issued->expires_in_ms;
  co_return ok(body);
}

}  // namespace

void add_refresh_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/refresh"),
               {.access = Access::Public, .limit = "refresh", .takes_body = true},
               [&](Call& call) { return post_refresh(call, pipeline, services); });
}

}  // namespace kuramori::api::client
