// Locking, suspending and looking up accounts (client-server API, module admin).
#include <map>

#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

enum class What : bool { Lock, Suspension };

gate::Operation operation_of(What what) {
  return what == What::Lock ? gate::Operation::AdminUserLock : gate::Operation::AdminUserSuspend;
}
std::string_view name_of(What what) {
  return what == What::Lock ? "locked" : "suspended";
}

gate::Resource about(const UserId& user) {
  gate::Resource resource;
  resource.user = user;
  return resource;
}

Result<UserId> read_local_user(const Call& call, const ServerName& server) {
  KURAMORI_TRY(user, matrix::parse_user_id(call.parameter(0)));
  if (matrix::server_of(user) != server.view())
    return invalid_argument("The user belongs to another server.");
  return user;
}

// The account that the path names. What is told and changed is an administrator's business alone, also
// whether there is such an account.
struct Target {
  identity::Account account;
  std::optional<gate::Permit> permit;
  std::optional<Response> denied;
};

Task<Target> find_target(Call& call, Pipeline& pipeline, PeopleServices& services, What what) {
  const auto user = read_local_user(call, services.options.server);
  if (!user) co_return Target{{}, {}, failed(user.error())};
  auto admitted = co_await pipeline.admit(call, operation_of(what), about(*user));
  if (admitted.denied) co_return Target{{}, {}, std::move(admitted.denied)};
  auto account = co_await services.accounts.find(*user);
  if (account && account->deactivated) account = not_found("This account is deactivated.");
  if (!account) co_return Target{{}, {}, failed(account.error())};
  co_return Target{*std::move(account), std::move(admitted.permit), {}};
}

bool is_set(const identity::Restriction& restriction, What what) {
  return what == What::Lock ? restriction.locked == identity::Locked::Yes
                            : restriction.suspended == identity::Suspended::Yes;
}

Response told(What what, bool value) {
  json::Object body;
  body.emplace(name_of(what), value);
  return ok(body);
}

Task<Response> get_restriction(Call& call, Pipeline& pipeline, PeopleServices& services, What what) {
  auto target = co_await find_target(call, pipeline, services, what);
  if (target.denied) co_return *std::move(target.denied);
  const auto recorded = co_await pipeline.gate().record(*std::move(target.permit), {.detail = "read"});
  if (!recorded) co_return failed(recorded.error());
  co_return told(what, is_set(services.restrictions.of(target.account.user), what));
}

Task<Response> put_restriction(Call& call, Pipeline& pipeline, PeopleServices& services, What what) {
  const auto wanted = json::optional_bool(call.body, name_of(what));
  if (!wanted) co_return failed(wanted.error());
  if (!*wanted) co_return failed(missing_argument(name_of(what)));
  auto target = co_await find_target(call, pipeline, services, what);
  if (target.denied) co_return *std::move(target.denied);
  const UserId user = target.account.user;
  if (user == call.session->user) co_return failed(forbidden("You cannot do this to your own account."));
  if (target.account.role == gate::Role::Administrator) {
    co_return failed(forbidden("Administrators cannot be locked or suspended."));
  }
  using identity::Locked;
  using identity::Suspended;
  auto changing =
      what == What::Lock
          ? services.restrictions.lock(*std::move(target.permit), user, **wanted ? Locked::Yes : Locked::No)
          : services.restrictions.suspend(*std::move(target.permit), user,
                                          **wanted ? Suspended::Yes : Suspended::No);
  const auto changed = co_await std::move(changing);
  co_return changed ? told(what, **wanted) : failed(changed.error());
}

json::Object connection_of(const identity::Device& device) {
  json::Object connection;
  if (!device.last_seen_address.empty()) connection.emplace("ip", device.last_seen_address);
  if (const std::int64_t seen = to_unix_ms(device.last_seen); seen > 0) connection.emplace("last_seen", seen);
  return connection;
}

Task<Response> get_whois(Call& call, Pipeline& pipeline, PeopleServices& services) {
  const auto user = read_local_user(call, services.options.server);
  if (!user) co_return failed(user.error());
  // People may look themselves up.
  if (*user != call.session->user) {
    auto looking = co_await pipeline.admit(call, gate::Operation::AdminWhois, about(*user));
    if (looking.denied) co_return *std::move(looking.denied);
    const auto recorded = co_await pipeline.gate().record(*std::move(looking.permit), {.detail = "whois"});
    if (!recorded) co_return failed(recorded.error());
  }
  const auto account = co_await services.accounts.find(*user);
  if (!account) co_return failed(account.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceRead, about(*user));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto devices = co_await services.devices.list(*admitted.permit, *user);
  if (!devices) co_return failed(devices.error());
  json::Object described;
  for (const identity::Device& device : *devices) {
    json::Array connections;
    connections.emplace_back(connection_of(device));
    json::Object session;
    session.emplace("connections", std::move(connections));
    json::Array sessions;
    sessions.emplace_back(std::move(session));
    json::Object entry;
    entry.emplace("sessions", std::move(sessions));
    described.emplace(device.id.view(), std::move(entry));
  }
  json::Object body;
  body.emplace("user_id", user->view());
  body.emplace("devices", std::move(described));
  co_return ok(body);
}

}  // namespace

void add_admin_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services) {
  const EndpointOptions reads{.access = Access::User, .limit = ""};
  const EndpointOptions writes{.access = Access::User, .limit = "", .takes_body = true};
  for (const auto& [path, what] : {std::pair("/_matrix/client/v1/admin/lock/{user}", What::Lock),
                                   std::pair("/_matrix/client/v1/admin/suspend/{user}", What::Suspension)}) {
    const What kind = what;
    pipeline.add(router, net::Method::Get, {path}, reads, [&pipeline, &services, kind](Call& call) {
      return get_restriction(call, pipeline, services, kind);
    });
    pipeline.add(router, net::Method::Put, {path}, writes, [&pipeline, &services, kind](Call& call) {
      return put_restriction(call, pipeline, services, kind);
    });
  }
  pipeline.add(router, net::Method::Get, v3_paths("/admin/whois/{user}"), reads,
               [&](Call& call) { return get_whois(call, pipeline, services); });
}

}  // namespace kuramori::api::client
