#include "harness.hpp"

namespace kuramori::api::client::testing {
namespace {

class ProfileTest : public ::testing::Test {
 protected:
  Harness server;
  std::string alice = server.sign_up("alice");
  std::string bob = server.sign_up("bob");
  const std::string mine = "/_matrix/client/v3/profile/@alice:example.org";
};

TEST_F(ProfileTest, FieldsAreSetReadAndDeleted) {
  EXPECT_EQ(server.get(mine, bob).response.body, "{}");
  EXPECT_EQ(server.get(mine + "/displayname", bob).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.put(mine + "/displayname", R"({"displayname":"Alice"})", alice).response.body, "{}");
  EXPECT_EQ(server.put(mine + "/avatar_url", R"({"avatar_url":"mxc://example.org/a"})", alice).status, 200);
  EXPECT_EQ(server.put(mine + "/m.tz", R"({"m.tz":"Asia/Tokyo"})", alice).status, 200);
  EXPECT_EQ(server.put(mine + "/org.example.desk", R"({"org.example.desk":{"floor":3}})", alice).status, 200);
  EXPECT_EQ(
      server.get(mine, bob).response.body,
      R"({"displayname":"Alice","avatar_url":"mxc://example.org/a","m.tz":"Asia/Tokyo","org.example.desk":{"floor":3}})");
  EXPECT_EQ(server.get(mine + "/org.example.desk", bob).response.body, R"({"org.example.desk":{"floor":3}})");
  EXPECT_EQ(
      server.get("/_matrix/client/r0/profile/%40alice%3Aexample.org/displayname", bob).text("displayname"),
      "Alice");
  EXPECT_EQ(server.get("/_matrix/client/unstable/uk.tcpip.msc4133/profile/@alice:example.org/m.tz", bob)
                .text("m.tz"),
            "Asia/Tokyo");
  EXPECT_EQ(server.del(mine + "/displayname", alice).response.body, "{}");
  EXPECT_EQ(server.del(mine + "/displayname", alice).status, 200) << "absent is no error";
  EXPECT_EQ(server.get(mine + "/displayname", bob).status, 404);
}

TEST_F(ProfileTest, WhatIsRefused) {
  struct Case {
    std::string key;
    std::string body;
    int status;
    std::string errcode;
  };
  const std::string long_key = "a." + std::string(254, 'x');
  const Case cases[] = {
      {"displayname", "{}", 400, "M_MISSING_PARAM"},
      {"displayname", "not json", 400, "M_NOT_JSON"},
      {"displayname", R"({"displayname":1})", 400, "M_INVALID_PARAM"},
      {"displayname", R"({"displayname":")" + std::string(257, 'x') + "\"}", 413, "M_TOO_LARGE"},
      {"avatar_url", R"({"avatar_url":"http://a/b"})", 400, "M_INVALID_PARAM"},
      {"nodots", R"({"nodots":1})", 400, "M_INVALID_PARAM"},
      {long_key, "{\"" + long_key + "\":1}", 400, "M_KEY_TOO_LARGE"},
      {"org.example.a", R"({"org.example.a":")" + std::string(66'000, 'x') + "\"}", 400,
       "M_PROFILE_TOO_LARGE"},
  };
  for (const Case& c : cases) {
    const Reply reply = server.put(mine + "/" + c.key, c.body, alice);
    EXPECT_EQ(reply.status, c.status) << c.key;
    EXPECT_EQ(reply.errcode(), c.errcode) << c.key;
  }
  EXPECT_EQ(server.put(mine + "/displayname", R"({"displayname":"x"})", bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.del(mine + "/displayname", bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.put(mine + "/displayname", R"({"displayname":"x"})", "").errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(server.get("/_matrix/client/v3/profile/@nobody:example.org", bob).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.get("/_matrix/client/v3/profile/@x:elsewhere.org", bob).errcode(), "M_NOT_FOUND");
}

TEST_F(ProfileTest, StrangersSeeProfilesOnlyWhereTheyAreOpen) {
  EXPECT_EQ(server.get(mine).errcode(), "M_FORBIDDEN");
  HarnessOptions options;
  options.identity.profiles_open = true;
  Harness open(options);
  open.sign_up("alice");
  EXPECT_EQ(open.get(mine).status, 200);
}

class Follower final : public identity::AccountFollower {
 public:
  runtime::Task<void> profile_changed(gate::Subject subject, UserId user) override {
    seen.push_back("profile " + subject.user.str() + " " + user.str());
    co_return;
  }
  runtime::Task<void> account_deactivated(gate::Subject subject, UserId user) override {
    seen.push_back("gone " + subject.user.str() + " " + user.str());
    co_return;
  }
  std::vector<std::string> seen;
};

TEST_F(ProfileTest, RoomsHearOfWhatTheyShow) {
  Follower follower;
  server.services.follower = &follower;
  server.put(mine + "/displayname", R"({"displayname":"Alice"})", alice);
  server.put(mine + "/displayname", R"({"displayname":"Alice"})", alice);
  server.put(mine + "/m.tz", R"({"m.tz":"Asia/Tokyo"})", alice);
  server.del(mine + "/displayname", alice);
  EXPECT_EQ(follower.seen, (std::vector<std::string>{"profile @alice:example.org @alice:example.org",
                                                     "profile @alice:example.org @alice:example.org"}));
}

}  // namespace
}  // namespace kuramori::api::client::testing
