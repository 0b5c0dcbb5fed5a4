// Dehydrated devices (MSC3814, under the names that clients use).
#include "api/client/encryption_routes.hpp"
#include "identity/devices.hpp"
#include "sync/request.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::string_view kPath = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device";

gate::Resource of_device(const Call& call, std::string device) {
  gate::Resource resource;
  resource.user = call.session->user;
  resource.name = std::move(device);
  return resource;
}

Result<e2ee::NewDehydratedDevice> read_device(const Call& call) {
  e2ee::NewDehydratedDevice device;
  KURAMORI_TRY(id, json::required_string(call.body, "device_id"));
  if (id.empty() || id.size() > identity::Devices::kDeviceIdBytesMax)
    return invalid_argument("A device id has 1 to 255 bytes.");
  device.device.device = DeviceId(std::move(id));
  KURAMORI_TRY(data, json::optional_object(call.body, "device_data"));
  if (data == nullptr) return missing_argument("device_data");
  KURAMORI_CHECK(json::required_string(*data, "algorithm"));
  device.device.data = json::serialize(*data);
  KURAMORI_TRY(name, json::optional_string(call.body, "initial_device_display_name"));
  device.display_name = name.value_or("").substr(0, identity::Devices::kDisplayNameBytesMax);
  KURAMORI_TRY(keys, read_key_upload(call.body, call.session->user, device.device.device));
  if (!keys.device_keys) return missing_argument("device_keys");
  device.keys = std::move(keys);
  return device;
}

json::Object render(const DeviceId& device) {
  json::Object body;
  body["device_id"] = device.view();
  return body;
}

Task<Response> put(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  auto device = read_device(call);
  if (!device) co_return failed(device.error());
  const DeviceId id = device->device.device;
  gate::Resource resource = of_device(call, id.str());
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceDehydrate, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto done = co_await services.encryption.dehydrated_devices.set(
      *std::move(admitted.permit), call.session->user, *std::move(device));
  co_return done ? ok(render(id)) : failed(done.error());
}

Task<Response> get(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  gate::Resource resource = of_device(call, {});
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceRehydrate, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto device =
      co_await services.encryption.dehydrated_devices.get(*admitted.permit, call.session->user);
  if (!device) co_return failed(device.error());
  std::string text = "{\"device_data\":" + device->data + ",\"device_id\":";
  json::append_string(text, device->device.view());
  co_return ok_text(text + "}");
}

Task<Response> remove(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  gate::Resource resource = of_device(call, {});
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceDehydrate, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto device =
      co_await services.encryption.dehydrated_devices.remove(*std::move(admitted.permit), call.session->user);
  co_return device ? ok(render(*device)) : failed(device.error());
}

Result<StreamPosition> read_batch(const json::Object& body) {
  KURAMORI_TRY(token, json::optional_string(body, "next_batch"));
  if (!token) return StreamPosition{0};
  return sync::parse_token(*token);
}

Task<Response> events(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  const auto since = read_batch(call.body);
  if (!since) co_return failed(since.error());
  gate::Resource resource = of_device(call, call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::DeviceRehydrate, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  e2ee::DeviceRef device{call.session->user, DeviceId(call.parameter(0))};
  const auto batch = co_await services.encryption.dehydrated_devices.messages(
      *admitted.permit, std::move(device), *since, services.hub.position());
  if (!batch) co_return failed(batch.error());
  co_return ok_text("{\"events\":[" + batch->events + "],\"next_batch\":\"" +
                    sync::render_token(batch->reached) + "\"}");
}

}  // namespace

void add_dehydrated_device_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services) {
  const std::string path(kPath);
  const EndpointOptions reads{.access = Access::UserNoGuests, .limit = ""};
  pipeline.add(router, net::Method::Put, {path},
               {.access = Access::UserNoGuests, .limit = "", .body_bytes_max = 1U << 20U, .takes_body = true},
               [&](Call& call) { return put(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, {path}, reads,
               [&](Call& call) { return get(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, {path}, reads,
               [&](Call& call) { return remove(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, {path + "/{device}/events"},
               {.access = Access::UserNoGuests, .limit = "", .takes_body = true, .body_optional = true},
               [&](Call& call) { return events(call, pipeline, services); });
}

}  // namespace kuramori::api::client
