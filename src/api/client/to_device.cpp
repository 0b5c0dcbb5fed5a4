// PUT /sendToDevice (client-server API, "Send-to-Device messaging").
#include "api/client/encryption_routes.hpp"
#include "api/client/paths.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Result<e2ee::SendToDevice> read_request(const Call& call, const ServerName& own) {
  e2ee::SendToDevice request{
      .type = call.parameter(0), .transaction = TransactionId(call.parameter(1)), .messages = {}};
  if (request.type.size() > 255 || request.transaction.str().size() > 255)
    return invalid_argument("A type and a transaction id have at most 255 octets.");
  KURAMORI_TRY(users, json::optional_object(call.body, "messages"));
  if (users == nullptr) return missing_argument("messages");
  for (const auto& [name, devices] : *users) {
    KURAMORI_TRY(user, matrix::parse_user_id(name));
    if (!devices.is_object()) return bad_json("The messages of a user are an object.");
    for (const auto& [device, content] : devices.get_object()) {
      if (!content.is_object()) return bad_json("The content of a message is an object.");
      if (matrix::server_of(user) != own.view()) continue;  // this server does not reach other servers
      request.messages.push_back(
          {user, DeviceId(std::string_view(device)), json::serialize(content.get_object())});
    }
  }
  return request;
}

Task<Response> send(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  auto request = read_request(call, services.accounts.server_name());
  if (!request) co_return failed(request.error());
  gate::Resource resource;
  resource.event_type = request->type;
  auto admitted =
      co_await pipeline.admit(call, gate::Operation::ToDeviceSend, std::move(resource), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto sent = co_await services.encryption.to_device.send(*std::move(admitted.permit), call.session,
                                                                *std::move(request));
  co_return sent ? empty_ok() : failed(sent.error());
}

}  // namespace

void add_to_device_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services) {
  pipeline.add(
      router, net::Method::Put, v3_paths("/sendToDevice/{type}/{txn}"),
      {.access = Access::User, .limit = "to_device", .body_bytes_max = 8U << 20U, .takes_body = true},
      [&](Call& call) { return send(call, pipeline, services); });
}

}  // namespace kuramori::api::client
