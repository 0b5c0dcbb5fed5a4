// End-to-end encryption behind the endpoints of the client API, with real Ed25519 keys.
#pragma once
#include "crypto/base64.hpp"
#include "crypto/signing.hpp"
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {

inline crypto::SigningKey signing_key_of(std::uint8_t seed, std::string version) {
  crypto::Ed25519Seed bytes{};
  bytes.fill(seed);
  return crypto::SigningKey::from_seed(bytes, std::move(version));
}

inline std::string public_text(const crypto::SigningKey& key) {
  return crypto::to_base64(key.public_key());
}

// A cross-signing key: its id is its public part.
inline crypto::SigningKey cross_key(std::uint8_t seed) {
  return signing_key_of(seed, public_text(signing_key_of(seed, "x")));
}

class EncryptionApi : public SyncApi {
 protected:
  static constexpr std::string_view kV3 = "/_matrix/client/v3";

  static std::string id_of(std::string_view localpart) {
    return "@" + std::string(localpart) + ":example.org";
  }
  // A further login of somebody.
  std::string log_in(std::string_view localpart, std::string_view device) {
    const Reply reply =
        server.post(std::string(kV3) + "/login",
                    R"({"type":"m.login.password","identifier":{"type":"m.id.user","user":")" +
                        std::string(localpart) + R"("},"password":")" + std::string(Harness::kPassword) +
                        R"(","device_id":")" + std::string(device) + "\"}");
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("access_token");
  }

  static json::Object device_keys(std::string_view localpart, std::string_view device,
                                  const crypto::SigningKey& key) {
    const std::string name(device);
    json::Object keys;
    keys["ed25519:" + name] = public_text(key);
    keys["curve25519:" + name] = "curve-" + name;
    json::Object object;
    object["user_id"] = id_of(localpart);
    object["device_id"] = name;
    object["algorithms"] = json::Array{"m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"};
    object["keys"] = std::move(keys);
    crypto::sign_json(object, id_of(localpart), key);
    return object;
  }
  Reply upload(std::string_view token, json::Object body) {
    return server.post(std::string(kV3) + "/keys/upload", json::serialize(body), token);
  }
  // Device keys of a fresh identity; the seed tells devices apart.
  void upload_device(std::string_view token, std::string_view localpart, std::string_view device,
                     std::uint8_t seed) {
    json::Object body;
    body["device_keys"] = device_keys(localpart, device, signing_key_of(seed, std::string(device)));
    const Reply reply = upload(token, std::move(body));
    ASSERT_EQ(reply.status, 200) << reply.response.body;
  }
  static json::Object one_time_key(std::string_view text) {
    json::Object key;
    key["key"] = text;
    key["signatures"] = json::Object();
    return key;
  }
  Reply upload_one_time_keys(std::string_view token, const std::vector<std::string>& ids) {
    json::Object keys;
    for (const std::string& id : ids) keys["signed_curve25519:" + id] = one_time_key("key " + id);
    json::Object body;
    body["one_time_keys"] = std::move(keys);
    return upload(token, std::move(body));
  }
  Reply claim(std::string_view token, std::string_view localpart, std::string_view device) {
    return server.post(std::string(kV3) + "/keys/claim",
                       R"({"one_time_keys":{")" + id_of(localpart) + R"(":{")" + std::string(device) +
                           R"(":"signed_curve25519"}}})",
                       token);
  }
  // The name of the key that a claim answered with; empty when none.
  static std::string claimed(const Reply& reply, std::string_view localpart, std::string_view device) {
    const json::Object* users = json::object_at(reply.body, "one_time_keys");
    const json::Object* user = users == nullptr ? nullptr : json::object_at(*users, id_of(localpart));
    const json::Object* keys = user == nullptr ? nullptr : json::object_at(*user, device);
    return keys == nullptr || keys->empty() ? "" : std::string(keys->begin()->key());
  }
  Reply query(std::string_view token, std::string_view localpart) {
    return server.post(std::string(kV3) + "/keys/query",
                       R"({"device_keys":{")" + id_of(localpart) + R"(":[]}})", token);
  }
  Reply send_to_device(std::string_view token, std::string_view localpart, std::string_view device,
                       std::string_view body, std::string_view transaction) {
    return server.put(std::string(kV3) + "/sendToDevice/m.test/" + std::string(transaction),
                      R"({"messages":{")" + id_of(localpart) + R"(":{")" + std::string(device) +
                          R"(":{"body":")" + std::string(body) + R"("}}}})",
                      token);
  }
  // The bodies of the messages that a sync brought.
  static std::vector<std::string> messages(const Reply& reply) {
    std::vector<std::string> bodies;
    const json::Object* section = json::object_at(reply.body, "to_device");
    if (section == nullptr) return bodies;
    for (const json::Value& event : *json::array_at(*section, "events")) {
      const json::Object* content = json::object_at(event.as_object(), "content");
      bodies.emplace_back(json::string_or(*content, "body", ""));
    }
    return bodies;
  }
  // "changed" or "left".
  static std::vector<std::string> list(const Reply& reply, std::string_view name) {
    std::vector<std::string> users;
    const json::Object* lists = json::object_at(reply.body, "device_lists");
    const json::Array* named = json::array_at(lists == nullptr ? reply.body : *lists, name);
    if (named == nullptr) return users;
    for (const json::Value& user : *named) users.emplace_back(json::view(user.get_string()));
    return users;
  }
  Reply sync_from(std::string_view token, const Reply& before) {
    return sync(token, "?since=" + before.text("next_batch"));
  }
  void encrypt(std::string_view token, std::string_view room) {
    ASSERT_EQ(
        server.put(path(room, "/state/m.room.encryption/"), R"({"algorithm":"m.megolm.v1.aes-sha2"})", token)
            .status,
        200);
  }
};

}  // namespace kuramori::api::client::testing
