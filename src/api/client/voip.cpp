// Relays for calls (client-server API, module voip_events; MSC4143 for MatrixRTC).
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"
#include "base/assert.hpp"
#include "crypto/base64.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// The scheme that coturn calls use-auth-secret: HMAC-SHA1 over "<expiry>:<user>", in base64.
std::string relay_password(const std::string& secret, const std::string& username) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(username.data());
  const unsigned char* made = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), data,
                                   username.size(), digest.data(), &length);
  ensure(made != nullptr, "HMAC-SHA1 of a short text succeeds");
  return crypto::to_base64_padded(ByteView(digest.data(), length));
}

Task<Response> get_turn_server(Call& call, Pipeline& pipeline, PeopleServices& services) {
  const CallOptions& calls = services.options.calls;
  auto admitted = co_await pipeline.admit(call, gate::Operation::CallRelayUse, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  // Without a relay clients are told nothing, as by other servers.
  if (calls.turn_uris.empty() || calls.turn_shared_secret.empty()) co_return empty_ok();
  const std::int64_t expires = pipeline.clock().now_ms() / 1000 + calls.turn_lifetime.count();
  const std::string username = std::to_string(expires) + ":" + call.session->user.str();
  json::Array uris;
  for (const std::string& uri : calls.turn_uris) uris.emplace_back(uri);
  json::Object body;
  body.emplace("username", username);
  body.emplace("password", relay_password(calls.turn_shared_secret, username));
  body.emplace("uris", std::move(uris));
  body.emplace("ttl", calls.turn_lifetime.count());
  co_return ok(body);
}

Task<Response> get_transports(Call& call, Pipeline& pipeline, PeopleServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::CallRelayUse, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  json::Array transports;
  for (const std::string& url : services.options.calls.livekit_urls) {
    json::Object transport;
    transport.emplace("type", "livekit");
    transport.emplace("livekit_service_url", url);
    transports.emplace_back(std::move(transport));
  }
  json::Object body;
  body.emplace("rtc_transports", std::move(transports));
  co_return ok(body);
}

}  // namespace

void add_voip_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/voip/turnServer"),
               {.access = Access::User, .limit = "room"},
               [&](Call& call) { return get_turn_server(call, pipeline, services); });
  pipeline.add(
      router, net::Method::Get,
      {"/_matrix/client/v1/rtc/transports", "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports"},
      {.access = Access::User, .limit = "room"},
      [&](Call& call) { return get_transports(call, pipeline, services); });
}

}  // namespace kuramori::api::client
