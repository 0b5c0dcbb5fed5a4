#include "rooms/room_state.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kuramori::rooms {
namespace {

const matrix::RoomVersion& version() {
  return *matrix::find_room_version("11");
}

const crypto::SigningKey& key() {
  static const crypto::SigningKey kKey = crypto::SigningKey::from_seed({}, "1");
  return kKey;
}

matrix::EventPtr state_event(std::string type, std::string state_key, json::Object content) {
  auto event = matrix::build({.room = RoomId("!r:example.org"),
                              .sender = UserId("@a:example.org"),
                              .type = std::move(type),
                              .state_key = std::move(state_key),
                              .content = std::move(content),
                              .redacts = {},
                              .origin_server_ts = from_unix_ms(1),
                              .prev_events = {},
                              .auth_events = {}},
                             version(), ServerName("example.org"), key());
  return event.value();
}

matrix::EventPtr member(const std::string& user, std::string_view membership) {
  return state_event("m.room.member", user, {{"membership", membership}});
}

TEST(RoomState, AChangeLeavesTheOldValueAlone) {
  const RoomStatePtr empty = std::make_shared<const RoomState>();
  const RoomStatePtr named = empty->with(state_event("m.room.name", "", {{"name", "one"}}));
  const RoomStatePtr renamed = named->with(state_event("m.room.name", "", {{"name", "two"}}));
  EXPECT_EQ(empty->find("m.room.name", ""), nullptr);
  EXPECT_EQ(json::string_or(named->find("m.room.name", "")->content(), "name", ""), "one");
  EXPECT_EQ(json::string_or(renamed->find("m.room.name", "")->content(), "name", ""), "two");
  EXPECT_EQ(renamed->size(), 1U);
  const RoomStatePtr without = renamed->without("m.room.name", "");
  EXPECT_EQ(without->find("m.room.name", ""), nullptr);
  EXPECT_EQ(without->size(), 0U);
  EXPECT_EQ(renamed->size(), 1U);
}

TEST(RoomState, CountsMembersThroughGrowthAndChange) {
  RoomStatePtr state = std::make_shared<const RoomState>();
  for (int i = 0; i < 700; ++i)
    state = state->with(member("@u" + std::to_string(i) + ":example.org", "join"));
  for (int i = 0; i < 100; ++i)
    state = state->with(member("@u" + std::to_string(i) + ":example.org", "leave"));
  for (int i = 100; i < 150; ++i)
    state = state->with(member("@u" + std::to_string(i) + ":example.org", "invite"));
  EXPECT_EQ(state->size(), 700U);
  EXPECT_EQ(state->joined_count(), 550U);
  EXPECT_EQ(state->invited_count(), 50U);
  EXPECT_EQ(state->membership(UserId("@u5:example.org")), matrix::Membership::Leave);
  EXPECT_EQ(state->membership(UserId("@u105:example.org")), matrix::Membership::Invite);
  EXPECT_EQ(state->membership(UserId("@u699:example.org")), matrix::Membership::Join);
  EXPECT_EQ(state->membership(UserId("@nobody:example.org")), matrix::Membership::None);
  std::set<std::string> joined;
  state->for_each_joined([&](const UserId& user) { joined.insert(user.str()); });
  EXPECT_EQ(joined.size(), 550U);
  EXPECT_FALSE(joined.contains("@u120:example.org"));
  std::size_t visited = 0;
  state->for_each([&](const matrix::EventPtr&) { ++visited; });
  EXPECT_EQ(visited, 700U);
}

TEST(RoomState, HistoryVisibilityIsSharedUnlessSaid) {
  const RoomStatePtr empty = std::make_shared<const RoomState>();
  EXPECT_EQ(empty->history_visibility(), matrix::HistoryVisibility::Shared);
  const auto odd =
      empty->with(state_event("m.room.history_visibility", "", {{"history_visibility", "sideways"}}));
  EXPECT_EQ(odd->history_visibility(), matrix::HistoryVisibility::Shared);
  const auto joined =
      empty->with(state_event("m.room.history_visibility", "", {{"history_visibility", "joined"}}));
  EXPECT_EQ(joined->history_visibility(), matrix::HistoryVisibility::Joined);
}

}  // namespace
}  // namespace kuramori::rooms
