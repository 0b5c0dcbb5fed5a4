// POST /createRoom: presets, order of events, refusals.
#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

struct PresetCase {
  Preset preset;
  std::string_view version;
  std::string_view join_rule;
  std::string_view guest_access;
  std::int64_t invitee_level;
};

class Presets : public RoomsTest, public ::testing::WithParamInterface<PresetCase> {};

TEST_P(Presets, SetTheStateThatTheSpecificationSays) {
  const PresetCase& expected = GetParam();
  const RoomId room = make_room(
      alice,
      {.version = matrix::find_room_version(expected.version), .preset = expected.preset, .invite = {bob}});
  EXPECT_EQ(content(room, "m.room.create").at("room_version").as_string(), expected.version);
  EXPECT_EQ(content(room, "m.room.join_rules").at("join_rule").as_string(), expected.join_rule);
  EXPECT_EQ(content(room, "m.room.guest_access").at("guest_access").as_string(), expected.guest_access);
  EXPECT_EQ(content(room, "m.room.history_visibility").at("history_visibility").as_string(), "shared");
  EXPECT_EQ(state(room)->membership(alice), matrix::Membership::Join);
  EXPECT_EQ(state(room)->membership(bob), matrix::Membership::Invite);
  EXPECT_EQ(state(room)->power_levels().of(bob), expected.invitee_level);
  const bool is_privileged = expected.version == "12";
  EXPECT_EQ(state(room)->power_levels().of(alice), is_privileged ? matrix::kCreatorLevel : 100);
  EXPECT_EQ(state(room)->power_levels().required("m.room.tombstone", true), is_privileged ? 150 : 100);
  EXPECT_EQ(room.view().find(':') == std::string_view::npos, is_privileged);
}

INSTANTIATE_TEST_SUITE_P(
    All, Presets,
    ::testing::Values(PresetCase{Preset::PrivateChat, "10", "invite", "can_join", 0},
                      PresetCase{Preset::PrivateChat, "11", "invite", "can_join", 0},
                      PresetCase{Preset::PrivateChat, "12", "invite", "can_join", 0},
                      PresetCase{Preset::TrustedPrivateChat, "10", "invite", "can_join", 100},
                      PresetCase{Preset::TrustedPrivateChat, "11", "invite", "can_join", 100},
                      PresetCase{Preset::TrustedPrivateChat, "12", "invite", "can_join",
                                 matrix::kCreatorLevel},
                      PresetCase{Preset::PublicChat, "10", "public", "forbidden", 0},
                      PresetCase{Preset::PublicChat, "11", "public", "forbidden", 0},
                      PresetCase{Preset::PublicChat, "12", "public", "forbidden", 0}));

using Creation = RoomsTest;

TEST_F(Creation, PublishesTheEventsInTheOrderOfTheSpecificationInOneCommit) {
  server->profiles.known[alice] = {.display_name = "Alice", .avatar_url = std::nullopt};
  CreateRoom request{.preset = Preset::PrivateChat,
                     .listing = Listing::Published,
                     .direct = CreateRoom::Direct::Yes,
                     .alias_localpart = "den",
                     .name = "Den",
                     .topic = "Things",
                     .invite = {bob, bob}};
  request.initial_state.push_back({"m.room.join_rules", "", {{"join_rule", "knock"}}});
  request.initial_state.push_back({"m.room.name", "", {{"name", "overridden"}}});
  request.initial_state.push_back({"org.example.x", "k", {{"y", 1}}});
  const RoomId room = make_room(alice, std::move(request));
  std::vector<std::string> types;
  for (const auto& change : stream.events) types.push_back(change->event->event->type());
  const std::vector<std::string> expected{"m.room.create",
                                          "m.room.member",
                                          "m.room.power_levels",
                                          "m.room.canonical_alias",
                                          "m.room.history_visibility",
                                          "m.room.guest_access",
                                          "m.room.join_rules",
                                          "org.example.x",
                                          "m.room.name",
                                          "m.room.topic",
                                          "m.room.member"};
  EXPECT_EQ(types, expected);
  EXPECT_TRUE(stream.positions_agree);
  EXPECT_EQ(content(room, "m.room.canonical_alias").at("alias").as_string(), "#den:example.org");
  EXPECT_EQ(content(room, "m.room.name").at("name").as_string(), "Den");
  EXPECT_EQ(content(room, "m.room.topic").at("m.topic").at("m.text").at(0).at("body").as_string(), "Things");
  EXPECT_EQ(content(room, "m.room.member", alice.view()).at("displayname").as_string(), "Alice");
  EXPECT_TRUE(content(room, "m.room.member", bob.view()).at("is_direct").as_bool());
  // Each is linked to the one before it.
  for (std::size_t i = 1; i < stream.events.size(); ++i) {
    const auto& event = *stream.events[i]->event->event;
    ASSERT_EQ(event.prev_events().size(), 1U);
    EXPECT_EQ(event.prev_events()[0], stream.events[i - 1]->event->event->id());
    EXPECT_EQ(event.depth(), static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(stream.events[i]->state_before, stream.events[i - 1]->state_after);
  }
}

TEST_F(Creation, RefusesWithTheSpecifiedErrors) {
  make_room(alice, {.alias_localpart = "taken"});
  const auto reason = [&](CreateRoom request) {
    const auto created = create(alice, std::move(request));
    return created ? std::string("created") : std::string(created.error().reason());
  };
  EXPECT_EQ(reason({.alias_localpart = "taken"}), "M_ROOM_IN_USE");
  EXPECT_EQ(reason({.alias_localpart = "with:colon"}), "M_INVALID_PARAM");
  EXPECT_EQ(reason({.power_level_content_override = {{"events_default", "0"}}}), "M_BAD_JSON");
  EXPECT_EQ(reason({.power_level_content_override = {{"users", {{"@bob:example.org", "100"}}}}}),
            "M_BAD_JSON");
  // From version 12 on the creator has no entry.
  EXPECT_EQ(reason({.power_level_content_override = {{"users", {{alice.view(), 100}}}}}),
            "M_INVALID_ROOM_STATE");
  // Levels that keep the creator from setting the name.
  EXPECT_EQ(reason({.version = matrix::find_room_version("11"),
                    .name = "x",
                    .power_level_content_override = {{"users", {{alice.view(), 0}}}}}),
            "M_INVALID_ROOM_STATE");
  EXPECT_EQ(reason({.initial_state = {{"m.room.create", "", {}}}}), "M_INVALID_ROOM_STATE");
  EXPECT_EQ(reason({.invite = {UserId("@x:elsewhere.org")}}), "M_FORBIDDEN");
  EXPECT_EQ(reason({.creation_content = {{"additional_creators", {"nobody"}}}}), "M_INVALID_PARAM");
}

TEST_F(Creation, CreationContentIsKeptButForWhatTheServerSays) {
  const RoomId room = make_room(alice, {.version = matrix::find_room_version("10"),
                                        .creation_content = {{"creator", "@mallory:example.org"},
                                                             {"room_version", "1"},
                                                             {"type", "m.space"},
                                                             {"m.federate", false}}});
  const json::Object made = content(room, "m.room.create");
  EXPECT_EQ(made.at("creator").as_string(), alice.view());
  EXPECT_EQ(made.at("room_version").as_string(), "10");
  EXPECT_EQ(made.at("type").as_string(), "m.space");
  EXPECT_FALSE(made.at("m.federate").as_bool());
}

TEST_F(Creation, TrustedChatsOfVersion12MakeEverybodyACreatorOnce) {
  const RoomId room = make_room(alice, {.preset = Preset::TrustedPrivateChat,
                                        .invite = {bob, carol},
                                        .creation_content = {{"additional_creators", {bob.view()}}}});
  const json::Array expected{json::Value(bob.view()), json::Value(carol.view())};
  EXPECT_EQ(content(room, "m.room.create").at("additional_creators").as_array(), expected);
}

TEST_F(Creation, AFailedCommitLeavesNothing) {
  make_room(alice);
  stream.events.clear();
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(create(alice, {.alias_localpart = "den"}));
  EXPECT_TRUE(stream.events.empty());
  EXPECT_TRUE(create(alice, {.alias_localpart = "den"}));
}

}  // namespace
}  // namespace kuramori::rooms::testing
