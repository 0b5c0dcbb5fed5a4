// GET /account/whoami.
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_whoami(Call& call) {
  json::Object body;
  body["user_id"] = call.session->user.view();
  if (!call.session->device.empty()) body["device_id"] = call.session->device.view();
  body["is_guest"] = call.session->role == gate::Role::Guest;
  co_return ok(body);
}

}  // namespace

void add_whoami_routes(net::Router& router, Pipeline& pipeline, IdentityServices&) {
  pipeline.add(router, net::Method::Get, v3_paths("/account/whoami"), {.access = Access::User, .limit = ""},
               [](Call& call) { return get_whoami(call); });
}

}  // namespace kuramori::api::client
