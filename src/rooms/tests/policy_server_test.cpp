// Rooms that name this server as their policy server: each event has its signature, but the one that names
// it.
#include "rooms/policy_server.hpp"

#include "crypto/base64.hpp"
#include "matrix/redaction.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::rooms {
namespace {

class PolicyServerTest : public testing::RoomsTest {
 protected:
  json::Object named(std::string_view via, std::string key) const {
    return {{"via", via}, {"public_keys", json::Object{{"ed25519", std::move(key)}}}};
  }
  json::Object own() const {
    return named("example.org", crypto::to_base64(server->policy_key.public_key()));
  }
  void name_policy_server(const RoomId& room, json::Object content) {
    SetState request{.room = room, .type = "m.room.policy"};
    request.content = std::move(content);
    const auto set = run(rooms().set_state(permit(alice, gate::Operation::RoomSetState), std::move(request)));
    ASSERT_TRUE(set) << set.error().to_log();
  }
  // Whether the newest event has the signature; wrong ones fail the test.
  bool is_newest_signed() const {
    const matrix::EventPtr event = stream.events.back()->event->event;
    json::Object redacted = matrix::redact(event->pdu(), event->version());
    redacted["signatures"] = event->pdu().at("signatures");
    const auto& key = server->policy_key;
    const bool is_good =
        crypto::verify_json(redacted, "example.org", key.key_id(), key.public_key()).has_value();
    const json::Object& by_key =
        *json::object_at(*json::object_at(event->pdu(), "signatures"), "example.org");
    EXPECT_EQ(by_key.contains(key.key_id()), is_good);
    EXPECT_TRUE(by_key.contains("ed25519:1"));
    return is_good;
  }
};

TEST_F(PolicyServerTest, EventsAreSignedFromThenOn) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "before"));
  EXPECT_FALSE(is_newest_signed());
  name_policy_server(room, own());
  EXPECT_FALSE(is_newest_signed()) << "a room can always do without";
  ASSERT_TRUE(send(alice, room, "with"));
  EXPECT_TRUE(is_newest_signed());
  name_policy_server(room, json::Object());
  ASSERT_TRUE(send(alice, room, "without"));
  EXPECT_FALSE(is_newest_signed());
}

// client-server API, "Size limits": what counts is the event as servers exchange it, with hashes, references
// and every signature.
TEST_F(PolicyServerTest, TheLargestEventIsMeasuredWithAllThatGoesToOtherServers) {
  const RoomId room = make_room(alice);
  for (const bool is_named : {false, true}) {
    if (is_named) name_policy_server(room, own());
    std::size_t fits = 60'000;
    std::size_t too_large = 65'536;
    while (too_large - fits > 1) {
      const std::size_t middle = (fits + too_large) / 2;
      const auto sent = send(alice, room, std::string(middle, 'x'));
      if (!sent) ASSERT_EQ(sent.error().reason(), "M_TOO_LARGE");
      (sent ? fits : too_large) = middle;
    }
    ASSERT_TRUE(send(alice, room, std::string(fits, 'x')));
    EXPECT_EQ(is_newest_signed(), is_named);
    EXPECT_EQ(json::canonical(stream.events.back()->event->event->pdu()).size(), matrix::kEventBytesMax);
    EXPECT_LT(stream.events.back()->event->rendered.size(), 65'536U - 300U) << "clients see less of it";
  }
}

TEST_F(PolicyServerTest, AnotherServerOrAnotherKeyIsNotThisOne) {
  const RoomId room = make_room(alice);
  name_policy_server(room, named("policy.elsewhere.org", crypto::to_base64(server->policy_key.public_key())));
  ASSERT_TRUE(send(alice, room, "one"));
  EXPECT_FALSE(is_newest_signed());
  const auto state = run(rooms().current_state(room));
  ASSERT_TRUE(state);
  EXPECT_FALSE(policy_server_of(**state)) << "none of its users is in the room";
  name_policy_server(room, named("example.org", crypto::to_base64(server->signing_key.public_key())));
  ASSERT_TRUE(send(alice, room, "two"));
  EXPECT_FALSE(is_newest_signed());
}

}  // namespace
}  // namespace kuramori::rooms
