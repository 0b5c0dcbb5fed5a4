// The hub alone: what one batch of changes does to feeds, over rooms that answer as they are told.
#include "sync/hub.hpp"

#include <gtest/gtest.h>

#include "crypto/signing.hpp"
#include "runtime/manual_executor.hpp"
#include "sync/changes.hpp"

namespace kuramori::sync {
namespace {

const UserId kAlice("@alice:example.org");
const UserId kBob("@bob:example.org");

rooms::RoomEventPtr member_event(const RoomId& room, const UserId& who, std::string_view membership,
                                 std::int64_t position) {
  static const crypto::SigningKey key = crypto::SigningKey::from_seed({1}, "1");
  matrix::Draft draft{.room = room,
                      .sender = who,
                      .type = "m.room.member",
                      .state_key = who.str(),
                      .content = {{"membership", membership}},
                      .redacts = {},
                      .origin_server_ts = from_unix_ms(position),
                      .prev_events = {},
                      .auth_events = {}};
  auto event =
      matrix::build(std::move(draft), *matrix::find_room_version("11"), ServerName("example.org"), key);
  EXPECT_TRUE(event);
  auto placed = std::make_shared<rooms::RoomEvent>();
  placed->position = {position};
  placed->event = *event;
  return placed;
}

// Rooms of which nothing was stored but what a user is to them.
class ToldRooms final : public rooms::RoomReader {
 public:
  using Task = runtime::Task<Result<rooms::RoomStatePtr>>;
  Task current_state(RoomId) override { co_return not_found("none"); }
  runtime::Task<Result<std::vector<rooms::RoomFacts>>> facts(std::vector<RoomId> rooms) override {
    co_return std::vector<rooms::RoomFacts>(rooms.size());
  }
  rooms::RoomStatePtr cached_state(const RoomId&) const override { return nullptr; }
  Task state_at(RoomId, StreamPosition) override {
    co_return rooms::RoomStatePtr(std::make_shared<const rooms::RoomState>());
  }
  runtime::Task<Result<std::vector<rooms::RoomEventPtr>>> state_changes(RoomId, StreamPosition,
                                                                        StreamPosition) override {
    co_return std::vector<rooms::RoomEventPtr>();
  }
  runtime::Task<Result<std::vector<rooms::UserRoom>>> rooms_of(UserId) override {
    if (while_reading) while_reading();
    co_return rows;
  }
  runtime::Task<Result<rooms::RoomEventPtr>> member_at(RoomId, UserId, StreamPosition) override {
    co_return rooms::RoomEventPtr();
  }
  runtime::Task<Result<StreamPosition>> last_event_position(RoomId) override { co_return StreamPosition(); }
  runtime::Task<Result<rooms::Timeline>> timeline(const gate::Permit&, rooms::TimelineQuery) override {
    co_return rooms::Timeline{.events = {}, .complete = true, .reached = {}};
  }
  runtime::Task<Result<rooms::Timeline>> unchecked_timeline(rooms::TimelineQuery) override {
    co_return rooms::Timeline{.events = {}, .complete = true, .reached = {}};
  }
  runtime::Task<Result<rooms::RoomEventPtr>> event(const gate::Permit&, RoomId, EventId) override {
    co_return not_found("none");
  }
  rooms::RoomEventPtr render(const matrix::EventPtr&, StreamPosition) const override { return nullptr; }
  runtime::Task<Result<StreamPosition>> position_of(RoomId, EventId) override { co_return not_found("none"); }

  std::vector<rooms::UserRoom> rows;
  std::function<void()> while_reading;
};

class HubTest : public ::testing::Test {
 protected:
  using Change = storage::StreamListener::Change;

  Change member(const UserId& who, std::string_view membership, std::int64_t position) {
    auto change = std::make_shared<rooms::EventCommitted>();
    change->event = std::make_shared<rooms::RoomEvent>(*member_event(room, who, membership, position));
    change->room = room;
    change->state_before = state;
    state = state->with(change->event->event);
    change->state_after = state;
    return {{position}, std::move(change)};
  }
  void commit(std::vector<Change> changes) { hub.committed(changes); }
  UserFeedPtr feed_of(const UserId& who) {
    auto feed = executor.run(hub.user(who));
    EXPECT_TRUE(feed);
    return *feed;
  }

  rooms::RoomStatePtr state = std::make_shared<const rooms::RoomState>();
  ManualClock clock;
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  ToldRooms told;
  Hub hub{told, {10}, metrics, {}};
  const RoomId room{"!room:example.org"};
};

TEST_F(HubTest, AJoinInTheMidstOfABatchIsInTheNewFeed) {
  const UserFeedPtr alice = feed_of(kAlice);
  commit({member(kBob, "join", 11), member(kAlice, "join", 12), member(kBob, "leave", 13)});
  const Hub::View view = hub.view_of_changes(*alice, {10});
  EXPECT_EQ(view.position.value, 13);
  ASSERT_EQ(view.rooms.size(), 1U);
  EXPECT_TRUE(view.rooms[0].is_joined());
  const auto entries = view.rooms[0].feed->events({11}, {13});
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().event->position.value, 12);
  EXPECT_FALSE(view.rooms[0].feed->events({10}, {13})) << "the first was before the feed";
}

TEST_F(HubTest, SeveralMembershipsInOneBatchLeaveTheLast) {
  const UserFeedPtr alice = feed_of(kAlice);
  commit({member(kAlice, "join", 11), member(kAlice, "leave", 12), member(kAlice, "ban", 13)});
  const Hub::View view = hub.view(*alice);
  ASSERT_EQ(view.rooms.size(), 1U);
  EXPECT_EQ(view.rooms[0].membership, matrix::Membership::Ban);
  EXPECT_EQ(view.rooms[0].position.value, 13);
  EXPECT_TRUE(alice->joined_rooms().empty());
}

TEST_F(HubTest, WhatHappensWhileAUserIsReadIsNotLost) {
  told.rows = {{.room = room, .membership = matrix::Membership::Join, .position = {5}, .event = {}}};
  told.while_reading = [&] { commit({member(kAlice, "leave", 11)}); };
  const UserFeedPtr alice = feed_of(kAlice);
  EXPECT_FALSE(alice->room(room)->is_joined());
}

TEST_F(HubTest, OnlyTheConcernedAreWoken) {
  const UserFeedPtr alice = feed_of(kAlice);
  const UserFeedPtr bob = feed_of(kBob);
  commit({member(kAlice, "join", 11)});
  int alice_woken = 0;
  int bob_woken = 0;
  runtime::TaskScope scope;
  const auto wait = [&](UserFeedPtr feed, int& woken) -> runtime::Task<void> {
    UserFeed::Waiter waiter(feed);
    while (!hub.is_draining()) {
      co_await waiter.wakeup.wait_until(clock.steady_now() + Milliseconds(1'000'000));
      ++woken;
    }
  };
  scope.spawn_on(executor, wait(alice, alice_woken));
  scope.spawn_on(executor, wait(bob, bob_woken));
  executor.run_until_idle();
  const auto typing = std::make_shared<TypingChanged>();
  typing->room = room;
  commit({{{12}, typing}});
  executor.run_until_idle();
  EXPECT_EQ(alice_woken, 1);
  EXPECT_EQ(bob_woken, 0);
  commit({member(kBob, "invite", 13)});
  executor.run_until_idle();
  EXPECT_EQ(alice_woken, 2);
  EXPECT_EQ(bob_woken, 1) << "an invitation is about bob";
  commit({{{14}, typing}});
  executor.run_until_idle();
  EXPECT_EQ(bob_woken, 1) << "the invited hear nothing else";
  const auto data = std::make_shared<AccountDataChanged>();
  data->user = kBob;
  commit({{{15}, data}});
  executor.run_until_idle();
  EXPECT_EQ(alice_woken, 3) << "the typing was for alice, bob's data is not";
  EXPECT_EQ(bob_woken, 2);
  hub.drain();
  executor.run_until_idle();
}

TEST_F(HubTest, PresenceChangesAreFoundByPosition) {
  for (std::int64_t i = 11; i <= 20; ++i) {
    const auto change = std::make_shared<PresenceChanged>();
    change->user = UserId("@" + std::to_string(i) + ":example.org");
    commit({{{i}, change}});
  }
  EXPECT_EQ(hub.presence_changes({10}, {20}).size(), 10U);
  EXPECT_EQ(hub.presence_changes({14}, {16}),
            (std::vector<UserId>{UserId("@15:example.org"), UserId("@16:example.org")}));
  EXPECT_TRUE(hub.presence_changes({20}, {20}).empty());
}

}  // namespace
}  // namespace kuramori::sync
