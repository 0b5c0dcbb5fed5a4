// GET /capabilities (client-server API, "Capabilities negotiation").
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"
#include "matrix/room_version.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

enum class Enabled : bool { No, Yes };

json::Object flag(Enabled enabled) {
  json::Object object;
  object["enabled"] = enabled == Enabled::Yes;
  return object;
}

json::Object room_versions(const IdentityOptions& options) {
  json::Object available;
  for (const matrix::RoomVersion& version : matrix::room_versions()) available[version.id] = "stable";
  json::Object object;
  object["default"] = options.default_room_version;
  object["available"] = std::move(available);
  return object;
}

Task<Response> get_capabilities(Call& call, IdentityServices& services) {
  const auto account = co_await services.accounts.find(call.session->user);
  if (!account) co_return failed(account.error());
  const Enabled with_password = account->has_password ? Enabled::Yes : Enabled::No;
  json::Object capabilities;
  capabilities["m.change_password"] = flag(with_password);
  capabilities["m.room_versions"] = room_versions(services.options);
  capabilities["m.profile_fields"] = flag(Enabled::Yes);
  capabilities["m.set_displayname"] = flag(Enabled::Yes);
  capabilities["m.set_avatar_url"] = flag(Enabled::Yes);
  capabilities["m.3pid_changes"] = flag(services.options.takes_contacts ? Enabled::Yes : Enabled::No);
  capabilities["m.get_login_token"] = flag(with_password);
  capabilities["m.forget_forced_upon_leave"] = flag(Enabled::No);
  json::Object body;
  body["capabilities"] = std::move(capabilities);
  co_return ok(body);
}

}  // namespace

void add_capabilities_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/capabilities"),
               {.access = Access::UserNoGuests, .limit = ""},
               [&services](Call& call) { return get_capabilities(call, services); });
}

}  // namespace kuramori::api::client
