// Room upgrades over HTTP (module room_upgrades).
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class Upgrading : public RoomsApi {
 protected:
  Reply upgrade(std::string_view token, std::string_view room, std::string body) {
    return server.post(path(room, "/upgrade"), std::move(body), token);
  }
  json::Object state_of(std::string_view room, std::string_view type, std::string_view token = {}) {
    return server.get(path(room, "/state/" + std::string(type)), token.empty() ? alice : token).body;
  }
};

TEST_F(Upgrading, CarriesTheRoomOver) {
  const std::string old =
      create(alice, R"({"preset":"public_chat","room_version":"11","name":"Plan","topic":"T",
    "room_alias_name":"plan","visibility":"public","power_level_content_override":{"users":{"@alice:example.org":100,"@bob:example.org":50}}})");
  ASSERT_EQ(join(bob, old).status, 200);
  const std::string mallory = server.sign_up("mallory");
  ASSERT_EQ(
      server.post(path(old, "/ban"), R"({"user_id":"@mallory:example.org","reason":"spam"})", alice).status,
      200);

  const Reply upgraded =
      upgrade(alice, old, R"({"new_version":"12","additional_creators":["@bob:example.org"]})");
  ASSERT_EQ(upgraded.status, 200) << upgraded.response.body;
  const std::string fresh = upgraded.text("replacement_room");
  EXPECT_NE(fresh, old);

  const json::Object create_event = state_of(fresh, "m.room.create");
  EXPECT_EQ(json::string_or(create_event, "room_version", ""), "12");
  EXPECT_EQ(json::string_or(create_event.at("predecessor").as_object(), "room_id", ""), old);
  EXPECT_EQ(json::serialize(create_event.at("additional_creators")), R"(["@bob:example.org"])");
  EXPECT_EQ(json::string_or(state_of(fresh, "m.room.name"), "name", ""), "Plan");
  EXPECT_EQ(json::string_or(state_of(fresh, "m.room.topic"), "topic", ""), "T");
  EXPECT_EQ(json::string_or(state_of(fresh, "m.room.join_rules"), "join_rule", ""), "public");
  // Creators stand above the levels and are not among them.
  const json::Object levels = state_of(fresh, "m.room.power_levels");
  EXPECT_TRUE(levels.at("users").as_object().empty());
  EXPECT_EQ(levels.at("events").as_object().at("m.room.tombstone").as_int64(), 150);
  EXPECT_EQ(server.post(path(fresh, "/join"), "{}", mallory).status, 403);

  EXPECT_EQ(json::string_or(state_of(old, "m.room.tombstone"), "replacement_room", ""), fresh);
  const json::Object closed = state_of(old, "m.room.power_levels");
  EXPECT_EQ(closed.at("events_default").as_int64(), 50);
  EXPECT_EQ(closed.at("invite").as_int64(), 50);
  const Reply alias = server.get("/_matrix/client/v3/directory/room/%23plan%3Aexample.org", alice);
  EXPECT_EQ(alias.text("room_id"), fresh);
  EXPECT_EQ(json::string_or(state_of(fresh, "m.room.canonical_alias"), "alias", ""), "#plan:example.org");
  EXPECT_TRUE(state_of(old, "m.room.canonical_alias").empty());
  const Reply listed = server.get("/_matrix/client/v3/publicRooms", alice);
  ASSERT_EQ(listed.body.at("chunk").as_array().size(), 1u);
  EXPECT_EQ(json::string_or(listed.body.at("chunk").as_array()[0].as_object(), "room_id", ""), fresh);
}

// Who is below the levels of what is transferred is raised for the time of the upgrade, and no longer.
TEST_F(Upgrading, ByAModeratorWhoMaySendTheTombstone) {
  const std::string old = create(alice, R"({"preset":"public_chat","room_version":"11","name":"N",
    "power_level_content_override":{"users":{"@alice:example.org":100,"@bob:example.org":50},"events":{"m.room.tombstone":50,"m.room.name":90}}})");
  ASSERT_EQ(join(bob, old).status, 200);
  const Reply upgraded = upgrade(bob, old, R"({"new_version":"11"})");
  ASSERT_EQ(upgraded.status, 200) << upgraded.response.body;
  const std::string fresh = upgraded.text("replacement_room");
  EXPECT_EQ(json::string_or(state_of(fresh, "m.room.name", bob), "name", ""), "N");
  const json::Object levels = state_of(fresh, "m.room.power_levels", bob);
  EXPECT_EQ(levels.at("users").as_object().at("@bob:example.org").as_int64(), 50);
}

TEST_F(Upgrading, IsRefusedToWhoMayNot) {
  const std::string room = create(alice);
  EXPECT_EQ(upgrade(bob, room, R"({"new_version":"12"})").status, 403);
  ASSERT_EQ(join(bob, room).status, 200);
  EXPECT_EQ(upgrade(bob, room, R"({"new_version":"12"})").errcode(), "M_FORBIDDEN");
  EXPECT_EQ(upgrade(alice, room, R"({"new_version":"99"})").errcode(), "M_UNSUPPORTED_ROOM_VERSION");
  EXPECT_EQ(upgrade(alice, room, "{}").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(upgrade(alice, room, R"({"new_version":"12","additional_creators":[1]})").errcode(),
            "M_INVALID_PARAM");
}

}  // namespace
}  // namespace kuramori::api::client::testing
