#include "policy_server/signer.hpp"

#include <gmock/gmock.h>

#include "matrix/redaction.hpp"
#include "policy_server/tests/other_server.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::policy_server {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const governance::CompiledPolicy> policy_of(std::string_view document) {
  auto parsed = governance::parse_policy_or_error(document);
  ensure(parsed.has_value(), "the policy of the test is good");
  return *governance::CompiledPolicy::compile(*std::move(parsed), 3);
}

class SignerTest : public rooms::testing::RoomsTest {
 protected:
  SignerTest() {
    server->gate.swap_policy(policy_of(R"({"format":1,"name":"p",
      "dictionaries":[{"id":"spam","terms":["casino"]},{"id":"numbers","terms":["1234"]}],
      "rules":[
       {"id":"no-spam","description":"d","operations":["policy_server.sign"],"effect":"refuse",
        "when":{"keyword":{"dictionary":"spam"}}},
       {"id":"hide","description":"d","operations":["policy_server.sign"],"effect":"mask",
        "when":{"keyword":{"dictionary":"numbers"}}}]})"));
    const std::vector<std::string> entries{"!r:a.example 11", "!old:a.example 10"};
    signer = std::make_unique<Signer>(
        Signer::Ports{.gate = server->gate, .rooms = server->rooms, .key = server->policy_key},
        ServerName("example.org"), *ProtectedRooms::read(entries));
  }
  Signer::Answer ask(json::Object pdu) {
    return run(signer->sign(
        {.origin = other.name, .address = "192.0.2.9", .language = "ja", .pdu = std::move(pdu)}));
  }
  Signer::Answer ask(const matrix::EventPtr& event) { return ask(event->pdu()); }
  static std::string reason(const Signer::Answer& answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return std::string(error->reason());
    return std::holds_alternative<gate::Refusal>(answer) ? "refused" : "signed";
  }
  // As a homeserver checks it: over the redacted event with its own key of the room.
  bool is_valid(const matrix::EventPtr& event, const json::Object& signatures) const {
    json::Object redacted = matrix::redact(event->pdu(), event->version());
    redacted["signatures"] = signatures;
    return crypto::verify_json(redacted, "example.org", "ed25519:policy_server",
                               server->policy_key.public_key())
        .has_value();
  }
  const testing::OtherServer other{"a.example"};
  const RoomId room{"!r:a.example"};
  std::unique_ptr<Signer> signer;
};

TEST_F(SignerTest, SignsWhatPolicyPermits) {
  for (const auto& [place, version] : {std::pair(room, "11"), std::pair(RoomId("!old:a.example"), "10")}) {
    const auto event = other.event(place, "good evening", "m.room.message", version);
    const auto answer = ask(event);
    ASSERT_EQ(reason(answer), "signed") << version;
    EXPECT_TRUE(is_valid(event, std::get<json::Object>(answer))) << version;
    EXPECT_EQ(std::get<json::Object>(answer).size(), 1U) << "its own signature alone";
  }
}

TEST_F(SignerTest, RefusesWhatPolicyRefuses) {
  const auto answer = ask(other.event(room, "visit the casino"));
  ASSERT_EQ(reason(answer), "refused");
  const auto& refusal = std::get<gate::Refusal>(answer);
  EXPECT_EQ(refusal.rule, "no-spam");
  EXPECT_FALSE(refusal.decision_id.empty()) << "it stands in the record";
}

TEST_F(SignerTest, SignsNothingThatWouldHaveToBeHidden) {
  const auto answer = ask(other.event(room, "my code is 1234"));
  ASSERT_EQ(reason(answer), "refused");
  EXPECT_EQ(std::get<gate::Refusal>(answer).rule, "hide");
  EXPECT_THAT(std::get<gate::Refusal>(answer).message(), HasSubstr("ポリシーサーバー"));
}

TEST_F(SignerTest, KnowsTheRoomsThatItProtects) {
  EXPECT_EQ(reason(ask(other.event(RoomId("!x:a.example"), "hi"))), "M_NOT_FOUND");
  EXPECT_EQ(reason(ask(other.event(make_room(alice), "hi", "m.room.message", "12"))), "M_NOT_FOUND");
  rooms::CreateRoom request;
  request.version = matrix::find_room_version("11");
  request.initial_state.push_back(
      {.type = "m.room.policy",
       .state_key = "",
       .content = {
           {"via", "example.org"},
           {"public_keys", json::Object{{"ed25519", crypto::to_base64(server->policy_key.public_key())}}}}});
  const RoomId own = make_room(alice, std::move(request));
  EXPECT_EQ(reason(ask(other.event(own, "hi"))), "signed");
}

TEST_F(SignerTest, RefusesWhatIsNoEvent) {
  EXPECT_EQ(reason(ask(json::Object{{"room_id", room.view()}})), "M_BAD_JSON");
  EXPECT_EQ(reason(ask(json::Object())), "M_BAD_JSON");
  json::Object changed = other.event(room, "good evening")->pdu();
  changed["content"] = json::Object{{"body", "good night"}};
  EXPECT_EQ(reason(ask(std::move(changed))), "M_BAD_JSON") << "its hash is of another content";
}

TEST_F(SignerTest, LeavesTheEventThatNamesItAlone) {
  EXPECT_EQ(reason(ask(other.event(room, "x", "m.room.policy", "11", ""))), "M_BAD_JSON");
  EXPECT_EQ(reason(ask(other.event(room, "x", "m.room.policy", "11", "other"))), "signed");
  EXPECT_EQ(reason(ask(other.event(room, "x", "m.room.policy"))), "signed");
}

}  // namespace
}  // namespace kuramori::policy_server
