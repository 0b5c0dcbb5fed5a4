#include "harness.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr const char* kLogin = "/_matrix/client/v3/login";

std::string password_login(std::string_view user, std::string_view password, std::string_view more = "") {
  return R"({"type":"m.login.password","identifier":{"type":"m.id.user","user":")" + std::string(user) +
         R"("},"password":")" + std::string(password) + "\"" + std::string(more) + "}";
}
std::string right(std::string_view user, std::string_view more = "") {
  return password_login(user, Harness::kPassword, more);
}

class LoginTest : public ::testing::Test {
 protected:
  // `auth` for a password stage, with the session of the first challenge.
  static std::string password_auth(const Reply& challenge, std::string_view more = "") {
    return R"({"auth":{"type":"m.login.password","identifier":{"type":"m.id.user","user":"alice"},"password":")" +
           std::string(Harness::kPassword) + R"(","session":")" + challenge.text("session") + "\"}" +
           std::string(more) + "}";
  }
  Harness server{{.identity = {.public_base_url = "https://chat.example.org"}}};
  std::string alice = server.sign_up("alice");
};

TEST_F(LoginTest, FlowsAreListedUnderOldPathsToo) {
  for (const char* path : {kLogin, "/_matrix/client/r0/login"}) {
    EXPECT_EQ(server.get(path).response.body,
              R"({"flows":[{"type":"m.login.password"},{"type":"m.login.token","get_login_token":true}]})");
  }
}

TEST_F(LoginTest, EveryFormOfIdentifier) {
  const std::string password(Harness::kPassword);
  const std::string bodies[] = {
      right("alice"), right("@alice:example.org"), right("ALICE"),
      R"({"type":"m.login.password","user":"alice","password":")" + password + "\"}",
      R"({"type":"m.login.password","user":"@alice:example.org","password":")" + password + "\"}"};
  for (const std::string& body : bodies) {
    const Reply reply = server.post(kLogin, body);
    ASSERT_EQ(reply.status, 200) << body << reply.response.body;
    EXPECT_EQ(reply.text("user_id"), "@alice:example.org");
    EXPECT_EQ(reply.text("home_server"), "example.org");
    EXPECT_FALSE(reply.text("device_id").empty());
    EXPECT_FALSE(reply.body.contains("refresh_token"));
    EXPECT_FALSE(reply.body.contains("expires_in_ms"));
    EXPECT_EQ(json::string_or(*json::object_at(*json::object_at(reply.body, "well_known"), "m.homeserver"),
                              "base_url", ""),
              "https://chat.example.org");
    const Reply who = server.get("/_matrix/client/v3/account/whoami", reply.text("access_token"));
    EXPECT_EQ(who.text("user_id"), "@alice:example.org");
    EXPECT_EQ(who.text("device_id"), reply.text("device_id"));
    EXPECT_FALSE(json::bool_or(who.body, "is_guest", true));
  }
}

TEST_F(LoginTest, WhatIsRefused) {
  struct Case {
    std::string body;
    int status;
    std::string errcode;
  };
  const Case cases[] = {
      {password_login("alice", "wrong"), 403, "M_FORBIDDEN"},
      {right("bob"), 403, "M_FORBIDDEN"},
      {right("@alice:elsewhere.org"), 403, "M_FORBIDDEN"},
      {right("@@@"), 403, "M_FORBIDDEN"},
      {"{}", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.sso"})", 400, "M_UNKNOWN"},
      {R"({"type":1})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password","user":"alice"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.password","password":"x"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.password","identifier":"alice","password":"x"})", 400, "M_BAD_JSON"},
      {R"({"type":"m.login.password","identifier":{"type":"m.id.new"},"password":"x"})", 400, "M_UNKNOWN"},
      {R"({"type":"m.login.password","identifier":{"type":"m.id.thirdparty","medium":"email","address":"a@b"},"password":"x"})",
       403, "M_FORBIDDEN"},
      {R"({"type":"m.login.token"})", 400, "M_MISSING_PARAM"},
      {R"({"type":"m.login.token","token":"nonsense"})", 403, "M_FORBIDDEN"},
      {right("alice", R"(,"device_id":7)"), 400, "M_BAD_JSON"},
      {right("alice", R"(,"refresh_token":"yes")"), 400, "M_BAD_JSON"},
      {"not json", 400, "M_NOT_JSON"},
  };
  for (const Case& c : cases) {
    const Reply reply = server.post(kLogin, c.body);
    EXPECT_EQ(reply.status, c.status) << c.body;
    EXPECT_EQ(reply.errcode(), c.errcode) << c.body;
    EXPECT_FALSE(reply.text("error").empty());
  }
}

TEST_F(LoginTest, RefreshTokensRotate) {
  const Reply first = server.post(kLogin, right("alice", R"(,"refresh_token":true,"device_id":"PHONE")"));
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(json::integer_or(first.body, "expires_in_ms", 0), 300'000);
  server.clock.advance(Milliseconds(300'001));
  const Reply expired = server.get("/_matrix/client/v3/account/whoami", first.text("access_token"));
  EXPECT_EQ(expired.status, 401);
  EXPECT_EQ(expired.errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_TRUE(json::bool_or(expired.body, "soft_logout", false));

  const auto refresh = [&](const std::string& token) {
    return server.post("/_matrix/client/v3/refresh", R"({"refresh_token":")" + token + "\"}");
  };
  const Reply second = refresh(first.text("refresh_token"));
  ASSERT_EQ(second.status, 200);
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", second.text("access_token")).text("device_id"),
            "PHONE");
  const Reply reused = refresh(first.text("refresh_token"));
  EXPECT_EQ(reused.status, 401);
  EXPECT_EQ(reused.errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(refresh("x").status, 401);
  EXPECT_EQ(server.post("/_matrix/client/v3/refresh", "{}").errcode(), "M_MISSING_PARAM");
}

TEST_F(LoginTest, LogoutEndsTheSessionForGood) {
  const Reply other = server.post(kLogin, right("alice"));
  EXPECT_EQ(server.post("/_matrix/client/v3/logout", "", alice).response.body, "{}");
  const Reply gone = server.get("/_matrix/client/v3/account/whoami", alice);
  EXPECT_EQ(gone.status, 401);
  EXPECT_FALSE(json::bool_or(gone.body, "soft_logout", true));
  EXPECT_EQ(server.post("/_matrix/client/v3/logout", "", alice).status, 401);
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", other.text("access_token")).status, 200);
  EXPECT_EQ(server.post("/_matrix/client/v3/logout/all", "{}", other.text("access_token")).status, 200);
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", other.text("access_token")).status, 401);
}

TEST_F(LoginTest, ALoginTokenLogsAnotherClientIn) {
  constexpr const char* kGetToken = "/_matrix/client/v1/login/get_token";
  const Reply challenge = server.post(kGetToken, "", alice);
  ASSERT_EQ(challenge.status, 401);
  const Reply issued = server.post(kGetToken, password_auth(challenge), alice);
  ASSERT_EQ(issued.status, 200) << issued.response.body;
  EXPECT_EQ(json::integer_or(issued.body, "expires_in_ms", 0), 120'000);
  const std::string login = R"({"type":"m.login.token","token":")" + issued.text("login_token") + "\"}";
  EXPECT_EQ(server.post(kLogin, login).text("user_id"), "@alice:example.org");
  EXPECT_EQ(server.post(kLogin, login).status, 403) << "once only";
}

TEST_F(LoginTest, ThePasswordIsChangedByWhoKnowsIt) {
  constexpr const char* kPasswordPath = "/_matrix/client/v3/account/password";
  const std::string other = server.post(kLogin, right("alice")).text("access_token");
  EXPECT_EQ(server.post(kPasswordPath, R"({"new_password":"short"})", alice).errcode(), "M_WEAK_PASSWORD");
  const Reply challenge = server.post(kPasswordPath, R"({"new_password":"a brand new password"})", alice);
  ASSERT_EQ(challenge.status, 401);
  EXPECT_EQ(json::serialize(*json::array_at(challenge.body, "flows")),
            R"([{"stages":["m.login.password"]}])");
  EXPECT_TRUE(json::object_at(challenge.body, "params"));
  EXPECT_EQ(
      server.post(kPasswordPath, password_auth(challenge, R"(,"new_password":"a brand new password")"), alice)
          .status,
      200);
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", alice).status, 200)
      << "the session that asked stays";
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", other).status, 401);
  EXPECT_EQ(server.post(kLogin, right("alice")).status, 403);
  EXPECT_EQ(server.post(kLogin, password_login("alice", "a brand new password")).status, 200);
}

TEST_F(LoginTest, ThePasswordIsChangedWithoutASessionAndOthersKept) {
  constexpr const char* kPasswordPath = "/_matrix/client/r0/account/password";
  const Reply challenge = server.post(kPasswordPath, R"({"new_password":"a brand new password"})");
  ASSERT_EQ(challenge.status, 401);
  const Reply done = server.post(
      kPasswordPath,
      password_auth(challenge, R"(,"new_password":"a brand new password","logout_devices":false)"));
  EXPECT_EQ(done.status, 200) << done.response.body;
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", alice).status, 200);
}

TEST_F(LoginTest, AnAccountIsDeactivated) {
  constexpr const char* kDeactivate = "/_matrix/client/v3/account/deactivate";
  const Reply challenge = server.post(kDeactivate, "{}", alice);
  ASSERT_EQ(challenge.status, 401);
  const Reply done = server.post(kDeactivate, password_auth(challenge, R"(,"erase":true)"), alice);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.response.body, R"({"id_server_unbind_result":"success"})");
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", alice).status, 401);
  EXPECT_EQ(server.post(kLogin, right("alice")).errcode(), "M_FORBIDDEN");
}

TEST_F(LoginTest, GuessesAtOneAccountAreLimitedWhereverTheyComeFrom) {
  Harness limited{
      {.limits = {.enabled = true, .limits = {{"login_account", {.per_second = 0.1, .burst = 3}}}}}};
  limited.sign_up("alice");
  for (int i = 0; i < 3; ++i) {
    limited.address = "192.0.2." + std::to_string(i);
    EXPECT_EQ(limited.post(kLogin, password_login("alice", "wrong")).status, 403);
  }
  limited.address = "192.0.2.200";
  EXPECT_EQ(limited.post(kLogin, right("Alice")).status, 429);
}

TEST_F(LoginTest, WhatTheServerTellsOfItself) {
  const Reply versions = server.get("/_matrix/client/versions");
  EXPECT_NE(versions.response.body.find(R"("r0.6.1","v1.1",)"), std::string::npos);
  EXPECT_NE(versions.response.body.find(R"("v1.19"])"), std::string::npos);
  EXPECT_EQ(server.get("/.well-known/matrix/client").response.body,
            R"({"m.homeserver":{"base_url":"https://chat.example.org"},"io.element.e2ee":{"default":false}})");
  EXPECT_EQ(server.get("/.well-known/matrix/support").status, 404);
  Harness helpful{
      {.identity = {.support_contacts = {{.matrix_id = "@admin:example.org", .email_address = {}}},
                    .support_page = "https://example.org/help"}}};
  EXPECT_EQ(helpful.get("/.well-known/matrix/client").status, 404);
  EXPECT_EQ(
      helpful.get("/.well-known/matrix/support").response.body,
      R"({"contacts":[{"role":"m.role.admin","matrix_id":"@admin:example.org"}],"support_page":"https://example.org/help"})");

  EXPECT_EQ(server.get("/_matrix/client/v3/capabilities").status, 401);
  const Reply reply = server.get("/_matrix/client/v3/capabilities", alice);
  const json::Object& capabilities = *json::object_at(reply.body, "capabilities");
  EXPECT_TRUE(json::bool_or(*json::object_at(capabilities, "m.change_password"), "enabled", false));
  const json::Object& versions_of_rooms = *json::object_at(capabilities, "m.room_versions");
  EXPECT_EQ(json::string_or(versions_of_rooms, "default", ""), "12");
  EXPECT_EQ(json::string_or(*json::object_at(versions_of_rooms, "available"), "10", ""), "stable");
}

}  // namespace
}  // namespace kuramori::api::client::testing
