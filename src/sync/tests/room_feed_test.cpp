// The tail of a room, without anything around it.
#include "sync/room_feed.hpp"

#include <gtest/gtest.h>

#include "crypto/signing.hpp"
#include "sync/user_feed.hpp"

namespace kuramori::sync {
namespace {

const matrix::RoomVersion& version() {
  return *matrix::find_room_version("11");
}

matrix::EventPtr make_event(std::string body, std::optional<std::string> state_key = std::nullopt) {
  static const crypto::SigningKey key = crypto::SigningKey::from_seed({1}, "1");
  matrix::Draft draft{.room = RoomId("!room:example.org"),
                      .sender = UserId("@alice:example.org"),
                      .type = state_key ? "m.room.topic" : "m.room.message",
                      .state_key = std::move(state_key),
                      .content = {{"body", body}},
                      .redacts = {},
                      .origin_server_ts = from_unix_ms(1),
                      .prev_events = {},
                      .auth_events = {}};
  auto event = matrix::build(std::move(draft), version(), ServerName("example.org"), key);
  EXPECT_TRUE(event);
  return *event;
}

rooms::RoomEventPtr placed(std::int64_t position, matrix::EventPtr event) {
  auto made = std::make_shared<rooms::RoomEvent>();
  made->position = {position};
  made->event = std::move(event);
  return made;
}

class RoomFeedTest : public ::testing::Test {
 protected:
  TailEntry message(std::int64_t position) {
    return {placed(position, make_event(std::to_string(position))), state, state};
  }
  TailEntry topic(std::int64_t position) {
    TailEntry entry;
    const matrix::EventPtr event = make_event(std::to_string(position), "");
    entry.event = placed(position, event);
    entry.state_before = state;
    state = state->with(event);
    entry.state_after = state;
    return entry;
  }
  static std::vector<std::int64_t> positions(const std::vector<TailEntry>& entries) {
    std::vector<std::int64_t> list;
    for (const TailEntry& entry : entries) list.push_back(entry.event->position.value);
    return list;
  }
  using Positions = std::vector<std::int64_t>;

  rooms::RoomStatePtr state = std::make_shared<const rooms::RoomState>();
  RoomFeed feed{RoomId("!room:example.org"), {100}};
};

TEST_F(RoomFeedTest, BeforeLoadingItKnowsWhatItHeard) {
  feed.append(message(110));
  feed.append(message(120));
  EXPECT_FALSE(feed.events({99}, {200}));
  EXPECT_EQ(positions(*feed.events({100}, {200})), (Positions{110, 120}));
  EXPECT_EQ(positions(*feed.events({110}, {119})), Positions{});
  EXPECT_EQ(feed.state_at({99}), nullptr) << "what changed before it was made is unknown";
  EXPECT_NE(feed.state_at({100}), nullptr);
  EXPECT_EQ(feed.last_event().value, 120);
}

TEST_F(RoomFeedTest, LoadingPutsThePastBeforeWhatCameMeanwhile) {
  std::vector<TailEntry> past{message(50), topic(105)};
  const rooms::RoomStatePtr at_load = state;
  feed.append(past.back());  // heard, and read as well
  feed.append(topic(130));
  feed.load(at_load, std::move(past), {40}, {110});
  EXPECT_EQ(positions(*feed.events({40}, {200})), (Positions{50, 105, 130}));
  EXPECT_FALSE(feed.events({39}, {200}));
  EXPECT_EQ(feed.state_at({110}), at_load);
  EXPECT_EQ(feed.state_at({130}), state);
  EXPECT_EQ(feed.current_state(), state);
}

TEST_F(RoomFeedTest, NewestSaysWhetherThereIsMore) {
  feed.load(state, {message(10), message(20), message(30)}, {0}, {100});
  EXPECT_EQ(positions(feed.newest({100}, 2).entries), (Positions{20, 30}));
  EXPECT_FALSE(feed.newest({100}, 2).complete);
  EXPECT_TRUE(feed.newest({100}, 3).complete);
  EXPECT_EQ(positions(feed.newest({25}, 3).entries), (Positions{10, 20}));
}

TEST_F(RoomFeedTest, TheTailIsBounded) {
  feed.load(state, {}, {0}, {100});
  const auto last = static_cast<std::int64_t>(100 + RoomFeed::kTailEventsMax + 50);
  for (std::int64_t i = 101; i <= last; ++i) feed.append(message(i));
  EXPECT_EQ(feed.newest({last}, 1000).entries.size(), RoomFeed::kTailEventsMax);
  EXPECT_FALSE(feed.events({100}, {last}));
  EXPECT_EQ(feed.events({last - 2}, {last})->size(), 2U);
  feed.trim({last - 1});
  EXPECT_FALSE(feed.events({last - 2}, {last}));
  EXPECT_EQ(feed.events({last - 1}, {last})->size(), 1U);
  EXPECT_NE(feed.current_state(), nullptr);
}

TEST_F(RoomFeedTest, OlderEventsComeInFrontOfTheTail) {
  feed.load(state, {message(50), message(60)}, {45}, {100});
  const RoomFeed::Extent extent = feed.extent();
  EXPECT_EQ(extent.after, StreamPosition{45});
  EXPECT_EQ(extent.events, 2U);
  feed.extend({message(20), message(40)}, {10}, extent);
  EXPECT_EQ(positions(*feed.events({10}, {100})), (Positions{20, 40, 50, 60}));
  EXPECT_FALSE(feed.events({9}, {100}));
  // What was read before the tail changed is not put there.
  feed.extend({message(5)}, {0}, extent);
  EXPECT_FALSE(feed.events({9}, {100}));
}

TEST_F(RoomFeedTest, WhatWasReadBeforeARedactionIsNotKept) {
  feed.load(state, {message(50)}, {45}, {100});
  const RoomFeed::Extent extent = feed.extent();
  feed.replace(message(40).event);
  feed.extend({message(40)}, {0}, extent);
  EXPECT_FALSE(feed.events({0}, {100}));
}

TEST_F(RoomFeedTest, ARedactionReachesTheTailAlsoWhileItIsRead) {
  const TailEntry entry = message(50);
  auto redacted = std::make_shared<rooms::RoomEvent>(*entry.event);
  redacted->rendered = "redacted";
  feed.append(message(120));
  feed.replace(redacted);
  feed.load(state, {entry}, {40}, {100});
  EXPECT_EQ(feed.events({40}, {60})->front().event->rendered, "redacted");
}

TEST_F(RoomFeedTest, MarksMoveForwardAlone) {
  EXPECT_TRUE(feed.may_have_changed({100})) << "the last event is not known yet";
  feed.learn_last_event({90});
  EXPECT_FALSE(feed.may_have_changed({100}));
  EXPECT_TRUE(feed.may_have_changed({99})) << "receipts before it was made are unknown";
  feed.mark_receipt({110});
  EXPECT_TRUE(feed.may_have_changed({109}));
  EXPECT_FALSE(feed.may_have_changed({110}));
  feed.mark_typing({120});
  EXPECT_TRUE(feed.may_have_changed({110}));
  feed.learn_last_event({80});
  EXPECT_EQ(feed.last_event().value, 90);
}

TEST(UserFeedTest, LaterNewsWinsOverRowsOfStorage) {
  const auto room = std::make_shared<RoomFeed>(RoomId("!room:example.org"), StreamPosition{10});
  UserFeed feed(UserId("@alice:example.org"), {10});
  UserRoomEntry left;
  left.room = room->room();
  left.membership = matrix::Membership::Leave;
  left.position = {20};
  left.feed = room;
  feed.set_membership(left);
  const std::vector<rooms::UserRoom> rows{
      {.room = room->room(), .membership = matrix::Membership::Join, .position = {5}, .event = {}}};
  feed.load(rows, [&](const RoomId&) { return room; });
  ASSERT_TRUE(feed.is_loaded());
  EXPECT_FALSE(feed.room(room->room())->is_joined());
  EXPECT_TRUE(feed.joined_rooms().empty());
  EXPECT_EQ(feed.rooms_changed({19}).size(), 1U);
  EXPECT_EQ(feed.rooms_changed({20}).size(), 0U);
}

TEST(UserFeedTest, ForgettingWhileItIsReadIsRemembered) {
  const auto room = std::make_shared<RoomFeed>(RoomId("!room:example.org"), StreamPosition{10});
  UserFeed feed(UserId("@alice:example.org"), {10});
  feed.set_forgotten(room->room());
  const std::vector<rooms::UserRoom> rows{
      {.room = room->room(), .membership = matrix::Membership::Leave, .position = {5}, .event = {}}};
  feed.load(rows, [&](const RoomId&) { return room; });
  EXPECT_TRUE(feed.room(room->room())->forgotten);
}

}  // namespace
}  // namespace kuramori::sync
