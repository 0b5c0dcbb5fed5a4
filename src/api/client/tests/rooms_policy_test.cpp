// What the policy masks, warns of and refuses in rooms.
#include "gate/policy_store.hpp"
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

std::shared_ptr<const governance::CompiledPolicy> policy() {
  auto compiled = gate::compile_policy(R"({"format":1,"name":"test","rules":[
    {"id":"no-cards","operations":["room.send","room.create","room.state.set"],"effect":"mask",
     "when":{"finding":{"detector":"payment_card"}}},
    {"id":"no-invitations","operations":["room.invite"],"effect":"refuse"},
    {"id":"careful","operations":["room.redact"],"effect":"warn"}]})",
                                       1);
  EXPECT_TRUE(compiled.has_value()) << compiled.error().message();
  return *std::move(compiled);
}

class PolicyInRooms : public RoomsApi {
 protected:
  PolicyInRooms() : RoomsApi(policy()) {}
};

constexpr std::string_view kCard = "4111 1111 1111 1111";

TEST_F(PolicyInRooms, WhatIsMaskedIsMaskedInTheRoom) {
  const std::string room = create(alice, R"({"name":"pay )" + std::string(kCard) + "\"}");
  EXPECT_EQ(server.get(path(room, "/state/m.room.name"), alice).text("name").find(kCard), std::string::npos);
  const Reply sent = send(alice, room, "card " + std::string(kCard) + " thanks", "1");
  ASSERT_EQ(sent.status, 200) << sent.response.body;
  const Reply event = server.get(path(room, "/event/" + text::percent_encode(sent.text("event_id"))), alice);
  const std::string body(json::view(event.body.at("content").at("body").as_string()));
  EXPECT_EQ(body.find(kCard), std::string::npos);
  EXPECT_TRUE(body.starts_with("card ") && body.ends_with(" thanks")) << body;
  ASSERT_EQ(server.put(path(room, "/state/m.room.topic"), R"({"topic":")" + std::string(kCard) + "\"}", alice)
                .status,
            200);
  EXPECT_EQ(server.get(path(room, "/state/m.room.topic"), alice).text("topic").find(kCard),
            std::string::npos);
}

TEST_F(PolicyInRooms, AnInvitationIsOneByEveryEndpoint) {
  const std::string room = create(alice);
  EXPECT_TRUE(server.post(path(room, "/invite"), R"({"user_id":"@bob:example.org"})", alice)
                  .body.contains("org.kuramori.refusal"));
  const Reply by_state =
      server.put(path(room, "/state/m.room.member/@bob:example.org"), R"({"membership":"invite"})", alice);
  EXPECT_EQ(by_state.status, 403);
  EXPECT_TRUE(by_state.body.contains("org.kuramori.refusal"));
  const Reply by_creation =
      server.post("/_matrix/client/v3/createRoom", R"({"invite":["@bob:example.org"]})", alice);
  EXPECT_TRUE(by_creation.body.contains("org.kuramori.refusal")) << by_creation.response.body;
  const Reply by_initial_state = server.post(
      "/_matrix/client/v3/createRoom",
      R"({"initial_state":[{"type":"m.room.member","state_key":"@bob:example.org","content":{"membership":"invite"}}]})",
      alice);
  EXPECT_EQ(by_initial_state.errcode(), "M_INVALID_ROOM_STATE");
}

TEST_F(PolicyInRooms, AWarningAsksFirstAndTheSecondTimeGoesThrough) {
  const std::string room = create(alice);
  const std::string event = send(alice, room, "x", "1").text("event_id");
  const auto redact = [&](std::string_view transaction) {
    return server.put(path(room, "/redact/" + text::percent_encode(event) + "/" + std::string(transaction)),
                      "{}", alice);
  };
  const Reply asked = redact("2");
  EXPECT_EQ(asked.status, 403) << asked.response.body;
  EXPECT_EQ(asked.body.at("org.kuramori.refusal").at("kind").as_string(), "confirm");
  const Reply redacted = redact("3");
  EXPECT_EQ(redacted.status, 200) << redacted.response.body;
}

}  // namespace
}  // namespace kuramori::api::client::testing
