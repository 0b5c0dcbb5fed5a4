#include "harness.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr const char* kDevices = "/_matrix/client/v3/devices";

class DevicesTest : public ::testing::Test {
 protected:
  std::string log_in(const std::string& device) {
    return server
        .post("/_matrix/client/v3/login", R"({"type":"m.login.password","user":"alice","password":")" +
                                              std::string(Harness::kPassword) + R"(","device_id":")" +
                                              device + "\"}")
        .text("access_token");
  }
  static std::string auth(const Reply& challenge, const std::string& more = "") {
    return R"({"auth":{"type":"m.login.password","user":"alice","password":")" +
           std::string(Harness::kPassword) + R"(","session":")" + challenge.text("session") + "\"}" + more +
           "}";
  }
  Harness server;
  std::string alice = server.sign_up("alice");
  std::string phone = log_in("PHONE");
};

TEST_F(DevicesTest, AreListedWithWhenAndWhereTheyWereSeen) {
  server.address = "203.0.113.5";
  server.get(kDevices, phone);
  const Reply reply = server.get(kDevices, alice);
  ASSERT_EQ(reply.status, 200);
  const json::Array& devices = *json::array_at(reply.body, "devices");
  ASSERT_EQ(devices.size(), 2U);
  const json::Object& second = devices[1].as_object();
  EXPECT_EQ(json::string_or(second, "device_id", ""), "PHONE");
  EXPECT_EQ(json::string_or(second, "last_seen_ip", ""), "203.0.113.5");
  EXPECT_EQ(json::integer_or(second, "last_seen_ts", 0), server.clock.now_ms());
  EXPECT_FALSE(second.contains("display_name"));
}

TEST_F(DevicesTest, AreRenamed) {
  const std::string path = std::string(kDevices) + "/PHONE";
  EXPECT_EQ(server.put(path, R"({"display_name":"Telefon"})", alice).response.body, "{}");
  EXPECT_EQ(server.get(path, alice).text("display_name"), "Telefon");
  EXPECT_EQ(server.put(path, "{}", alice).response.body, "{}") << "nothing to change";
  EXPECT_EQ(server.get(path, alice).text("display_name"), "Telefon");
  EXPECT_EQ(server.put(path, R"({"display_name":5})", alice).errcode(), "M_BAD_JSON");
  EXPECT_EQ(server.put(path, R"({"display_name":")" + std::string(200, 'x') + "\"}", alice).status, 413);
  EXPECT_EQ(server.get(std::string(kDevices) + "/NONE", alice).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.put(std::string(kDevices) + "/NONE", "{}", alice).status, 404);
  EXPECT_EQ(server.put(std::string(kDevices) + "/NONE", R"({"display_name":"x"})", alice).status, 404);
}

TEST_F(DevicesTest, OthersCannotSeeThem) {
  const std::string bob = server.sign_up("bob");
  EXPECT_EQ(server.get(std::string(kDevices) + "/PHONE", bob).status, 404);
}

TEST_F(DevicesTest, OneIsDeletedAfterConfirmation) {
  const std::string path = std::string(kDevices) + "/PHONE";
  const Reply challenge = server.del(path, alice);
  ASSERT_EQ(challenge.status, 401);
  EXPECT_EQ(server.get(path, alice).status, 200);
  const Reply elsewhere = server.del(std::string(kDevices) + "/ALICE", alice, auth(challenge));
  EXPECT_EQ(elsewhere.status, 401) << "the confirmation was for another device";
  EXPECT_EQ(server.del(path, alice, auth(challenge)).response.body, "{}");
  EXPECT_EQ(server.get(path, alice).status, 404);
  EXPECT_EQ(server.get(kDevices, phone).status, 401) << "its session is gone";
  EXPECT_EQ(server.del(path, alice, auth(server.del(path, alice))).status, 200) << "gone already is no error";
}

TEST_F(DevicesTest, SeveralAreDeletedTogether) {
  constexpr const char* kDelete = "/_matrix/client/v3/delete_devices";
  const std::string tablet = log_in("TABLET");
  const std::string list = R"("devices":["PHONE","TABLET","NONE"])";
  const Reply challenge = server.post(kDelete, "{" + list + "}", alice);
  ASSERT_EQ(challenge.status, 401);
  EXPECT_EQ(server.post(kDelete, auth(challenge, R"(,"devices":["ALICE"])"), alice).status, 401);
  EXPECT_EQ(server.post(kDelete, auth(challenge, "," + list), alice).status, 200);
  EXPECT_EQ(server.get(kDevices, phone).status, 401);
  EXPECT_EQ(server.get(kDevices, tablet).status, 401);
  EXPECT_EQ(server.get(kDevices, alice).status, 200);
  EXPECT_EQ(server.post(kDelete, "{}", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.post(kDelete, R"({"devices":[1]})", alice).errcode(), "M_BAD_JSON");
}

}  // namespace
}  // namespace kuramori::api::client::testing
