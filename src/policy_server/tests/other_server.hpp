// Another server, as far as a policy server sees it: its keys, what it publishes, what it signs.
#pragma once
#include "crypto/base64.hpp"
#include "crypto/signing.hpp"
#include "json/json.hpp"
#include "matrix/event.hpp"
#include "policy_server/x_matrix.hpp"

namespace kuramori::policy_server::testing {

class OtherServer {
 public:
  explicit OtherServer(std::string server, std::uint8_t seed = 1)
      : name(std::move(server)), key(crypto::SigningKey::from_seed({seed}, "k1")) {}

  std::string key_document(std::int64_t valid_until_ms) const {
    json::Object keys;
    keys[key.key_id()] = json::Object{{"key", crypto::to_base64(key.public_key())}};
    json::Object document{{"server_name", name.view()}, {"valid_until_ts", valid_until_ms}};
    document["verify_keys"] = std::move(keys);
    document["old_verify_keys"] = json::Object();
    crypto::sign_json(document, name.view(), key);
    return json::serialize(document);
  }
  std::string authorization(std::string_view uri, const json::Object& content,
                            std::string_view destination) const {
    json::Object request{
        {"method", "POST"}, {"uri", uri}, {"origin", name.view()}, {"destination", destination}};
    request["content"] = content;
    crypto::sign_json(request, name.view(), key);
    const json::Object& signatures = *json::object_at(*json::object_at(request, "signatures"), name.view());
    return to_header({.origin = name.str(),
                      .destination = std::string(destination),
                      .key = key.key_id(),
                      .signature = std::string(json::string_or(signatures, key.key_id(), ""))});
  }
  matrix::EventPtr event(const RoomId& room, std::string_view body, std::string_view type = "m.room.message",
                         std::string_view version = "11", std::optional<std::string> state_key = {}) const {
    matrix::Draft draft{.room = room,
                        .sender = UserId("@eve:" + name.str()),
                        .type = std::string(type),
                        .state_key = std::move(state_key),
                        .content = {{"msgtype", "m.text"}, {"body", body}},
                        .redacts = {},
                        .origin_server_ts = from_unix_ms(1'700'000'000'000),
                        .depth = 7,
                        .prev_events = {EventId("$prev")},
                        .auth_events = {EventId("$auth")}};
    return *matrix::build(std::move(draft), *matrix::find_room_version(version), name, key);
  }

  ServerName name;
  crypto::SigningKey key;
};

}  // namespace kuramori::policy_server::testing
