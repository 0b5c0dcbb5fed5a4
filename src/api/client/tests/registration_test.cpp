#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.hpp"
#include "harness.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr const char* kRegister = "/_matrix/client/v3/register";
constexpr const char* kDummy =
    R"({"username":"carol","password":"a fine password","auth":{"type":"m.login.dummy"}})";

HarnessOptions open(Registration registration = Registration::Open) {
  HarnessOptions options;
  options.identity.registration = registration;
  options.registration_token = "let me in";
  return options;
}

TEST(RegistrationTest, ClosedByDefault) {
  Harness server;
  for (const char* path :
       {kRegister, "/_matrix/client/v3/register?kind=user", "/_matrix/client/v3/register?kind=guest"}) {
    const Reply reply = server.post(path, kDummy);
    EXPECT_EQ(reply.status, 403) << path;
    EXPECT_EQ(reply.errcode(), "M_FORBIDDEN");
  }
  EXPECT_EQ(server.get("/_matrix/client/v3/register/available?username=carol").status, 403);
  EXPECT_EQ(server.get("/_matrix/client/v1/register/m.login.registration_token/validity?token=x").status,
            403);
  EXPECT_EQ(server.get("/_synapse/admin/v1/register").status, 404);
}

TEST(RegistrationTest, StageByStage) {
  Harness server(open());
  const Reply challenge = server.post(kRegister, "{}");
  ASSERT_EQ(challenge.status, 401);
  EXPECT_EQ(json::serialize(*json::array_at(challenge.body, "flows")), R"([{"stages":["m.login.dummy"]}])");
  const Reply done = server.post(
      kRegister,
      R"({"username":"Carol","password":"a fine password","device_id":"DESK","initial_device_display_name":"Desk",)"
      R"("auth":{"type":"m.login.dummy","session":")" +
          challenge.text("session") + "\"}}");
  ASSERT_EQ(done.status, 200) << done.response.body;
  EXPECT_EQ(done.text("user_id"), "@carol:example.org");
  EXPECT_EQ(done.text("device_id"), "DESK");
  EXPECT_EQ(server.get("/_matrix/client/v3/devices/DESK", done.text("access_token")).text("display_name"),
            "Desk");
}

TEST(RegistrationTest, WithoutLoginAndWithoutName) {
  Harness server(open());
  const Reply quiet = server.post(
      kRegister,
      R"({"username":"carol","password":"a fine password","inhibit_login":true,"auth":{"type":"m.login.dummy"}})");
  EXPECT_EQ(quiet.status, 200);
  EXPECT_FALSE(quiet.body.contains("access_token"));
  EXPECT_FALSE(quiet.body.contains("device_id"));
  const Reply nameless =
      server.post(kRegister, R"({"password":"a fine password","auth":{"type":"m.login.dummy"}})");
  EXPECT_EQ(nameless.status, 200);
  const std::string localpart = nameless.text("user_id").substr(1, 16);
  EXPECT_EQ(localpart.find_first_not_of("0123456789"), std::string::npos) << localpart;
  EXPECT_EQ(nameless.text("user_id").substr(17), ":example.org");
}

TEST(RegistrationTest, WhatIsRefusedBeforeTheStages) {
  Harness server(open());
  ASSERT_EQ(server.post(kRegister, kDummy).status, 200);
  const std::pair<std::string, std::string> cases[] = {
      {R"({"username":"carol","password":"a fine password"})", "M_USER_IN_USE"},
      {R"({"username":"CAROL","password":"a fine password"})", "M_USER_IN_USE"},
      {R"({"username":"no spaces","password":"a fine password"})", "M_INVALID_USERNAME"},
      {R"({"username":"dave","password":"short"})", "M_WEAK_PASSWORD"},
      {R"({"username":"dave","auth":{"type":"m.login.dummy"}})", "M_MISSING_PARAM"},
      {R"({"username":7})", "M_BAD_JSON"},
      {R"({"password":"a fine password","device_id":[]})", "M_BAD_JSON"},
  };
  for (const auto& [body, errcode] : cases) {
    const Reply reply = server.post(kRegister, body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.errcode(), errcode) << body;
  }
  EXPECT_EQ(server.post("/_matrix/client/v3/register?kind=robot", "{}").errcode(), "M_INVALID_PARAM");
}

TEST(RegistrationTest, AvailabilityIsTold) {
  Harness server(open());
  server.sign_up("alice");
  EXPECT_EQ(server.get("/_matrix/client/v3/register/available?username=carol").response.body,
            R"({"available":true})");
  EXPECT_EQ(server.get("/_matrix/client/v3/register/available?username=alice").errcode(), "M_USER_IN_USE");
  EXPECT_EQ(server.get("/_matrix/client/v3/register/available?username=%20").errcode(), "M_INVALID_USERNAME");
  EXPECT_EQ(server.get("/_matrix/client/v3/register/available").errcode(), "M_MISSING_PARAM");
}

TEST(RegistrationTest, ByToken) {
  Harness server(open(Registration::WithToken));
  const auto attempt = [&](const std::string& token) {
    return server.post(kRegister, R"({"username":"carol","password":"a fine password","auth":)"
                                  R"({"type":"m.login.registration_token","token":")" +
                                      token + "\"}}");
  };
  const Reply wrong = attempt("guess");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.errcode(), "M_UNAUTHORIZED");
  EXPECT_EQ(server.post(kRegister, kDummy).status, 401) << "the dummy stage is not offered";
  EXPECT_EQ(attempt("let me in").status, 200);
  constexpr const char* kValidity = "/_matrix/client/v1/register/m.login.registration_token/validity?token=";
  EXPECT_EQ(server.get(std::string(kValidity) + "guess").response.body, R"({"valid":false})");
  EXPECT_EQ(server.get(std::string(kValidity) + "let%20me%20in").response.body, R"({"valid":true})");
}

TEST(RegistrationTest, GuestsWhereTheyAreWelcome) {
  HarnessOptions options;
  options.identity.guests = Guests::Welcome;
  Harness server(options);
  const Reply guest =
      server.post("/_matrix/client/v3/register?kind=guest",
                  R"({"username":"carol","device_id":"MINE","initial_device_display_name":"Browser"})");
  ASSERT_EQ(guest.status, 200) << guest.response.body;
  EXPECT_NE(guest.text("user_id"), "@carol:example.org");
  EXPECT_NE(guest.text("device_id"), "MINE");
  const std::string token = guest.text("access_token");
  EXPECT_TRUE(json::bool_or(server.get("/_matrix/client/v3/account/whoami", token).body, "is_guest", false));
  EXPECT_EQ(server.get("/_matrix/client/v3/capabilities", token).errcode(), "M_GUEST_ACCESS_FORBIDDEN");
  const std::string profile = "/_matrix/client/v3/profile/" + guest.text("user_id");
  EXPECT_EQ(server.put(profile + "/displayname", R"({"displayname":"Visitor"})", token).status, 200);
  EXPECT_EQ(server.put(profile + "/avatar_url", R"({"avatar_url":"mxc://a/b"})", token).errcode(),
            "M_GUEST_ACCESS_FORBIDDEN");
  EXPECT_EQ(server.post(kRegister, kDummy).status, 403) << "registration proper stays closed";
}

class SharedSecretTest : public ::testing::Test {
 protected:
  static HarnessOptions options() {
    HarnessOptions made;
    made.identity.registration_shared_secret = "the secret";
    return made;
  }
  static std::string mac(const std::string& message) {
    Bytes digest(20);
    const ByteView input = as_bytes(message);
    HMAC(EVP_sha1(), "the secret", 10, input.data(), input.size(), digest.data(), nullptr);
    return text::to_hex(digest);
  }
  Reply attempt(const std::string& nonce, const std::string& admin, const std::string& digest) {
    return server.post(kPath, R"({"nonce":")" + nonce +
                                  R"(","username":"root","password":"a fine password","admin":)" + admin +
                                  R"(,"displayname":"The Keeper","mac":")" + digest + "\"}");
  }
  std::string nonce() { return server.get(kPath).text("nonce"); }
  static std::string message(const std::string& nonce, const std::string& admin) {
    return nonce + '\0' + "root" + '\0' + "a fine password" + '\0' + admin;
  }
  static constexpr const char* kPath = "/_synapse/admin/v1/register";
  Harness server{options()};
};

TEST_F(SharedSecretTest, TheDigestIsTheUsualOne) {
  EXPECT_EQ(mac("abc"), "c626e3e3ca70c9c1fd99e2b4a063bb6b3b85c8f5") << "computed with OpenSSL's command";
}

TEST_F(SharedSecretTest, AnAdministratorIsMade) {
  const std::string one = nonce();
  const Reply reply = attempt(one, "true", mac(message(one, "admin")));
  ASSERT_EQ(reply.status, 200) << reply.response.body;
  EXPECT_EQ(reply.text("user_id"), "@root:example.org");
  EXPECT_EQ(reply.text("home_server"), "example.org");
  EXPECT_FALSE(reply.text("device_id").empty());
  const auto account = server.executor.run(server.accounts.find(server.user("root")));
  EXPECT_EQ(account->role, gate::Role::Administrator);
  EXPECT_EQ(server.get("/_matrix/client/v3/profile/@root:example.org/displayname", reply.text("access_token"))
                .text("displayname"),
            "The Keeper");
}

TEST_F(SharedSecretTest, WhatIsRefused) {
  const std::string one = nonce();
  EXPECT_EQ(attempt(one, "true", mac(message(one, "notadmin"))).status, 403) << "the role is signed";
  EXPECT_EQ(attempt(one, "true", mac(message(one, "admin"))).status, 400)
      << "a nonce is good for one attempt";
  EXPECT_EQ(attempt("made up", "false", mac(message("made up", "notadmin"))).status, 400);
  const std::string old = nonce();
  server.clock.advance(Milliseconds(60'000));
  EXPECT_EQ(attempt(old, "false", mac(message(old, "notadmin"))).status, 400);
  EXPECT_EQ(server.post(kPath, "{}").errcode(), "M_MISSING_PARAM");
}

}  // namespace
}  // namespace kuramori::api::client::testing
