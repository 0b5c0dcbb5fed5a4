// /devices and /delete_devices (client-server API, "Device management").
#include "api/client/confirmation.hpp"
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kDevicesPerRequestMax = 1'000;

json::Object render(const identity::Device& device) {
  json::Object object;
  object["device_id"] = device.id.view();
  if (!device.display_name.empty()) object["display_name"] = device.display_name;
  if (!device.last_seen_address.empty()) object["last_seen_ip"] = device.last_seen_address;
  if (to_unix_ms(device.last_seen) != 0) object["last_seen_ts"] = to_unix_ms(device.last_seen);
  return object;
}

gate::Resource own(const Call& call, std::string device) {
  gate::Resource resource;
  resource.user = call.session->user;
  resource.name = std::move(device);
  return resource;
}

Task<Response> get_devices(Call& call, Pipeline& pipeline, IdentityServices& services) {
  gate::Resource resource = own(call, {});
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto devices = co_await services.devices.list(*admitted.permit, call.session->user);
  if (!devices) co_return failed(devices.error());
  json::Array list;
  for (const identity::Device& device : *devices) list.emplace_back(render(device));
  json::Object body;
  body["devices"] = std::move(list);
  co_return ok(body);
}

Task<Response> get_device(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const DeviceId id(call.parameter(0));
  gate::Resource resource = own(call, id.str());
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto device = co_await services.devices.get(*admitted.permit, call.session->user, id);
  co_return device ? ok(render(*device)) : failed(device.error());
}

Task<Response> put_device(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const DeviceId id(call.parameter(0));
  auto name = json::optional_string(call.body, "display_name");
  if (!name) co_return failed(name.error());
  if (!*name) {  // nothing to change, but the device must exist
    Response found = co_await get_device(call, pipeline, services);
    co_return found.status == 200 ? empty_ok() : found;
  }
  gate::Resource resource = own(call, id.str());
  auto admitted =
      co_await pipeline.admit(call, gate::Operation::DeviceUpdate, std::move(resource), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto renamed = co_await services.devices.rename(*std::move(admitted.permit), call.session->user, id,
                                                        **std::move(name));
  co_return renamed ? empty_ok() : failed(renamed.error());
}

Task<Response> remove(Call& call, Pipeline& pipeline, IdentityServices& services, std::string endpoint,
                      std::vector<DeviceId> devices) {
  identity::ProtectedOperation operation{.endpoint = std::move(endpoint),
                                         .user = call.session->user,
                                         .flows = {{{std::string(identity::kPasswordStage)}}}};
  auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
  if (confirmation.challenge) co_return *std::move(confirmation.challenge);
  gate::Resource resource = own(call, {});
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceDelete, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto removed =
      co_await services.devices.remove(*std::move(admitted.permit), call.session->user, std::move(devices));
  co_return removed ? empty_ok() : failed(removed.error());
}

// What the user confirms is the deletion of these devices, and not of others with the same session of stages.
Task<Response> delete_device(Call& call, Pipeline& pipeline, IdentityServices& services) {
  std::vector<DeviceId> devices{DeviceId(call.parameter(0))};
  co_return co_await remove(call, pipeline, services, "DELETE /devices/" + call.parameter(0),
                            std::move(devices));
}

Task<Response> post_delete_devices(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const auto list = json::optional_array(call.body, "devices");
  if (!list) co_return failed(list.error());
  if (*list == nullptr) co_return failed(missing_argument("devices"));
  if ((*list)->size() > kDevicesPerRequestMax) {
    co_return failed(invalid_argument("At most 1000 devices can be deleted at once."));
  }
  std::vector<DeviceId> devices;
  for (const json::Value& value : **list) {
    if (!value.is_string()) co_return failed(bad_json("'devices' must be a list of device ids."));
    devices.emplace_back(json::view(value.get_string()));
  }
  std::string endpoint = "POST /delete_devices " + json::serialize(json::Value(**list));
  co_return co_await remove(call, pipeline, services, std::move(endpoint), std::move(devices));
}

}  // namespace

void add_device_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/devices"), {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_devices(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/devices/{device}"), {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_device(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, v3_paths("/devices/{device}"),
               {.access = Access::User, .limit = "", .takes_body = true},
               [&](Call& call) { return put_device(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, v3_paths("/devices/{device}"),
               {.access = Access::UserNoGuests, .limit = "login", .takes_body = true, .body_optional = true},
               [&](Call& call) { return delete_device(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/delete_devices"),
               {.access = Access::UserNoGuests, .limit = "login", .takes_body = true},
               [&](Call& call) { return post_delete_devices(call, pipeline, services); });
}

}  // namespace kuramori::api::client
