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

std::shared_ptr<const governance::CompiledPolicy> office_policy() {
  auto compiled = gate::compile_policy(R"({"format":1,"name":"test","rules":[
    {"id":"secrets-in-the-office","operations":["content.see"],"effect":"refuse",
     "when":{"all":[{"label":{"is":["secret"]}},{"not":{"network":["192.0.2.0/24"]}}]}}]})",
                                       1);
  EXPECT_TRUE(compiled.has_value()) << compiled.error().message();
  return *std::move(compiled);
}

class SightInRooms : public RoomsApi {
 protected:
  SightInRooms() : RoomsApi(office_policy()) {}

  std::string say(std::string_view text, std::string_view label, std::string_view more = "") {
    const std::string content = R"({"msgtype":"m.text","body":")" + std::string(text) +
                                R"(","org.kuramori.label":{"label":")" + std::string(label) + "\"}" +
                                std::string(more) + "}";
    return server.put(path(room, "/send/m.room.message/" + std::to_string(++sent)), content, alice)
        .text("event_id");
  }
  bool shows(std::string_view target, std::string_view text) {
    const Reply reply = server.get(path(room, target), alice);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.response.body.contains(text);
  }
  void leave_the_office() { server.address = "198.51.100.7"; }

  std::string room = create(alice);
  int sent = 0;
};

TEST_F(SightInRooms, ASecretIsSeenInTheOfficeAlone) {
  const std::string open = say("lunch at noon", "internal");
  const std::string secret = say("the merger", "secret");
  const std::string event = "/event/" + text::percent_encode(secret);
  EXPECT_EQ(server.get(path(room, event), alice).status, 200);
  EXPECT_TRUE(shows("/messages?dir=b&limit=50", "the merger"));
  leave_the_office();
  EXPECT_EQ(server.get(path(room, event), alice).status, 404);
  EXPECT_FALSE(shows("/messages?dir=b&limit=50", "the merger"));
  EXPECT_TRUE(shows("/messages?dir=b&limit=50", "lunch at noon"));
  EXPECT_FALSE(shows("/context/" + text::percent_encode(open), "the merger"));
  EXPECT_TRUE(shows("/state", "m.room.create"));
}

TEST_F(SightInRooms, NeitherRelationsNorEditsTellIt) {
  const std::string root = say("lunch at noon", "internal");
  const std::string relation = R"(,"m.relates_to":{"rel_type":"m.thread","event_id":")" + root + "\"}";
  say("the merger", "secret", relation);
  say("* the acquisition", "secret",
      R"(,"m.new_content":{"msgtype":"m.text","body":"the acquisition"},"m.relates_to":{"rel_type":"m.replace","event_id":")" +
          root + "\"}");
  const std::string event = "/event/" + text::percent_encode(root);
  EXPECT_TRUE(shows(event, "the merger"));
  EXPECT_TRUE(shows(event, "the acquisition"));
  leave_the_office();
  EXPECT_FALSE(shows(event, "the merger"));
  EXPECT_FALSE(shows(event, "the acquisition"));
  const std::string relations =
      "/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/relations/" + text::percent_encode(root);
  EXPECT_FALSE(server.get(relations, alice).response.body.contains("the merger"));
}

TEST_F(SightInRooms, WhatIsSaidInASecretRoomIsSecret) {
  say("nothing special", "internal");
  ASSERT_EQ(server.put(path(room, "/state/org.kuramori.label"), R"({"label":"secret"})", alice).status, 200);
  EXPECT_TRUE(shows("/messages?dir=b&limit=50", "nothing special"));
}

}  // namespace
}  // namespace kuramori::api::client::testing
