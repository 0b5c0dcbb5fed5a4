// /profile (client-server API, "Profiles").
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"
#include "api/client/service_callers.hpp"
#include "identity/profile_rules.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

std::vector<std::string> field_paths() {
  std::vector<std::string> paths = v3_paths("/profile/{user}/{key}");
  paths.emplace_back("/_matrix/client/unstable/uk.tcpip.msc4133/profile/{user}/{key}");
  return paths;
}

// The specification lets a server keep profiles to those whom it knows (403).
struct Reading {
  identity::ProfilePtr profile;
  std::optional<Response> denied;
};

// A user whom an application service has not made so far, it may make when asked (application-service API,
// "Querying"); not by itself.
Task<bool> make_missing_user(Call& call, Pipeline& pipeline, UserId user) {
  ServiceCallers* services = pipeline.services();
  if (services == nullptr || call.session == nullptr) co_return false;
  if (!call.service.empty() && services->covers_user(call.service, user)) co_return false;
  auto making = services->make_user(call.subject, std::move(user));
  const bool is_made = co_await std::move(making);
  co_return is_made;
}

Task<Reading> read_profile(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (call.session == nullptr && !services.options.profiles_open) {
    co_return Reading{nullptr, failed(forbidden("Profiles are shown to users of this server alone."))};
  }
  const UserId user(call.parameter(0));
  gate::Resource resource;
  resource.user = user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::ProfileRead, std::move(resource));
  if (admitted.denied) co_return Reading{nullptr, std::move(admitted.denied)};
  auto profile = co_await services.profiles.get(*admitted.permit, user);
  if (!profile && profile.error().code() == ErrorCode::NotFound) {
    auto making = make_missing_user(call, pipeline, user);
    const bool is_made = co_await std::move(making);
    if (is_made) profile = co_await services.profiles.get(*admitted.permit, user);
  }
  if (!profile) co_return Reading{nullptr, failed(profile.error())};
  co_return Reading{*std::move(profile), {}};
}

Task<Response> get_profile(Call& call, Pipeline& pipeline, IdentityServices& services) {
  auto reading = co_await read_profile(call, pipeline, services);
  if (reading.denied) co_return *std::move(reading.denied);
  co_return ok(reading.profile->fields);
}

Task<Response> get_field(Call& call, Pipeline& pipeline, IdentityServices& services) {
  auto reading = co_await read_profile(call, pipeline, services);
  if (reading.denied) co_return *std::move(reading.denied);
  const json::Value* value = json::find(reading.profile->fields, call.parameter(1));
  if (value == nullptr) co_return failed(not_found("This profile has no such field."));
  json::Object body;
  body[call.parameter(1)] = *value;
  co_return ok(body);
}

// Only one's own profile; a guest only its name ("Guest Access", "Client behaviour").
std::optional<Response> may_not_change(const Call& call) {
  if (call.session->user.view() != call.parameter(0)) {
    return failed(forbidden("A profile is changed by the user whom it describes."));
  }
  if (call.session->role == gate::Role::Guest && call.parameter(1) != "displayname") {
    return failed(
        Error(ErrorCode::Forbidden, "M_GUEST_ACCESS_FORBIDDEN", "Guests can set their name alone."));
  }
  return std::nullopt;
}

Task<Response> change_field(Call& call, Pipeline& pipeline, IdentityServices& services,
                            std::optional<json::Value> value) {
  const UserId user = call.session->user;
  const std::string key = call.parameter(1);
  json::Object content;
  if (value) content[key] = *value;
  gate::Resource resource;
  resource.user = user;
  resource.name = key;
  const json::Object* inspected = value ? &content : nullptr;
  auto admitted = co_await pipeline.admit(call, gate::Operation::ProfileSet, std::move(resource), inspected);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto changed =
      co_await services.profiles.set(*std::move(admitted.permit), user, key, std::move(value));
  if (!changed) co_return failed(changed.error());
  const bool shows_in_rooms = key == "displayname" || key == "avatar_url";
  if (*changed && shows_in_rooms && services.follower != nullptr) {
    co_await services.follower->profile_changed(call.subject, user);
  }
  co_return empty_ok();
}

Task<Response> put_field(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (auto denied = may_not_change(call)) co_return *std::move(denied);
  const std::string& key = call.parameter(1);
  const auto valid = identity::check_profile_key(key);
  if (!valid) co_return failed(valid.error());
  const json::Value* value = json::find(call.body, key);
  if (value == nullptr) co_return failed(missing_argument(key));
  std::optional<json::Value> given(*value);
  co_return co_await change_field(call, pipeline, services, std::move(given));
}

Task<Response> delete_field(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (auto denied = may_not_change(call)) co_return *std::move(denied);
  const auto valid = identity::check_profile_key(call.parameter(1));
  if (!valid) co_return failed(valid.error());
  co_return co_await change_field(call, pipeline, services, std::nullopt);
}

}  // namespace

void add_profile_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/profile/{user}"),
               {.access = Access::OptionalUser, .limit = ""},
               [&](Call& call) { return get_profile(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, field_paths(), {.access = Access::OptionalUser, .limit = ""},
               [&](Call& call) { return get_field(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, field_paths(),
               {.access = Access::User, .limit = "profile", .takes_body = true},
               [&](Call& call) { return put_field(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, field_paths(), {.access = Access::User, .limit = "profile"},
               [&](Call& call) { return delete_field(call, pipeline, services); });
}

}  // namespace kuramori::api::client
