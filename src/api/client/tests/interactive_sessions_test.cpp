// A session of user-interactive authentication is good for the call that opened it and for no other
// (client-server API, "User-Interactive Authentication API"), with the real endpoints.
#include "encryption_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

// A call that asks for the password, and whether it has been done.
struct Guarded {
  std::string name;
  net::Method method;
  std::string path;
  std::string body;  // the inside of its object, without braces
};

class InteractiveSessions : public EncryptionApi {
 protected:
  InteractiveSessions() {
    log_in("alice", "PHONE");
    log_in("alice", "TABLET");
    EXPECT_EQ(request({"", net::Method::Post, "/keys/device_signing/upload", keys(10)}, "").status, 200)
        << "the first keys need no confirmation";
  }
  static std::string keys(std::uint8_t seed) {
    const auto master = cross_key(seed);
    json::Object key;
    key["user_id"] = id_of("alice");
    key["usage"] = json::Array{"master"};
    key["keys"] = json::Object{{master.key_id(), public_text(master)}};
    return R"("master_key":)" + json::serialize(key);
  }
  static std::vector<Guarded> calls() {
    using net::Method;
    return {{"password", Method::Post, "/account/password",
             R"("new_password":"a brand new password","logout_devices":false)"},
            {"deactivation", Method::Post, "/account/deactivate", R"("erase":false)"},
            {"a device", Method::Delete, "/devices/PHONE", ""},
            {"another device", Method::Delete, "/devices/TABLET", ""},
            {"devices", Method::Post, "/delete_devices", R"("devices":["PHONE"])"},
            {"other devices", Method::Post, "/delete_devices", R"("devices":["PHONE","TABLET"])"},
            {"keys", Method::Post, "/keys/device_signing/upload", keys(20)},
            {"other keys", Method::Post, "/keys/device_signing/upload", keys(30)},
            {"login token", Method::Post, "/login/get_token", ""}};
  }
  Reply request(const Guarded& call, const std::string& auth, std::string_view token = {}) {
    const std::string separator = call.body.empty() || auth.empty() ? "" : ",";
    const std::string prefix = call.name == "login token" ? "/_matrix/client/v1" : std::string(kV3);
    return server.request(call.method, prefix + call.path, "{" + call.body + separator + auth + "}",
                          token.empty() ? std::string_view(alice) : token);
  }
  static std::string auth(const std::string& session, std::string_view localpart = "alice") {
    return R"("auth":{"type":"m.login.password","identifier":{"type":"m.id.user","user":")" +
           std::string(localpart) + R"("},"password":")" + std::string(Harness::kPassword) +
           R"(","session":")" + session + "\"}";
  }
};

TEST_F(InteractiveSessions, AreForTheCallThatOpenedThem) {
  for (const Guarded& opening : calls()) {
    for (const Guarded& other : calls()) {
      if (other.name == opening.name) continue;
      const Reply challenge = request(opening, "");
      ASSERT_EQ(challenge.status, 401) << opening.name << challenge.response.body;
      const Reply misused = request(other, auth(challenge.text("session")));
      EXPECT_EQ(misused.status, 401) << opening.name << " opened what " << other.name
                                     << " was confirmed with";
      EXPECT_NE(misused.text("session"), challenge.text("session"));
    }
  }
  // Nothing of it was done.
  const Reply devices = server.get(std::string(kV3) + "/devices", alice);
  const json::Array* left = json::array_at(devices.body, "devices");
  ASSERT_NE(left, nullptr) << devices.response.body;
  EXPECT_EQ(left->size(), 3U);
  EXPECT_TRUE(query(bob, "alice").response.body.contains(public_text(cross_key(10))));
  EXPECT_FALSE(log_in("alice", "AGAIN").empty()) << "the password is the same, and the account is there";
}

TEST_F(InteractiveSessions, AreForWhoOpenedThem) {
  for (const Guarded& call : calls()) {
    if (call.path.starts_with("/keys/")) continue;  // whose are for one user alone anyway
    const Reply challenge = request(call, "", bob);
    ASSERT_EQ(challenge.status, 401) << call.name << challenge.response.body;
    EXPECT_EQ(request(call, auth(challenge.text("session"))).status, 401) << call.name;
    EXPECT_EQ(request(call, auth(challenge.text("session")), bob).status, 401)
        << call.name << " is not confirmed by somebody else's password";
  }
}

TEST_F(InteractiveSessions, AreForOneUse) {
  const Guarded call = calls()[2];
  const Reply challenge = request(call, "");
  ASSERT_EQ(request(call, auth(challenge.text("session"))).status, 200);
  log_in("alice", "PHONE");
  EXPECT_EQ(request(call, auth(challenge.text("session"))).status, 401);
}

}  // namespace
}  // namespace kuramori::api::client::testing
