// History: who sees what under each visibility, paging, context, times, state of the past.
#include <map>
#include <set>

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

using storage::Direction;

// The life of a room with one message in each phase of the reader's membership.
struct VisibilityCase {
  std::string_view visibility;
  std::string_view sees_while_left;    // phases that bob sees after leaving for good
  std::string_view sees_while_joined;  // and while joined, at the end
};

class Visibility : public RoomsTest, public ::testing::WithParamInterface<VisibilityCase> {
 protected:
  std::string seen(const UserId& who, const RoomId& room) {
    std::string phases;
    for (const std::string& body : bodies(who, room, 3)) phases += body;
    return phases;
  }
};

TEST_P(Visibility, IsJudgedByTheStateAtEachEvent) {
  const VisibilityCase& expected = GetParam();
  CreateRoom request;
  request.initial_state.push_back(
      {"m.room.history_visibility", "", {{"history_visibility", expected.visibility}}});
  const RoomId room = make_room(alice, std::move(request));
  ASSERT_TRUE(send(alice, room, "1"));  // bob has nothing to do with it
  ASSERT_TRUE(invite(alice, room, bob));
  ASSERT_TRUE(send(alice, room, "2"));  // invited
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "3"));  // joined
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(send(alice, room, "4"));  // left
  EXPECT_EQ(seen(bob, room), expected.sees_while_left);
  EXPECT_EQ(seen(alice, room), "1234");
  const bool is_open = expected.visibility == "world_readable";
  EXPECT_EQ(seen(carol, room), is_open ? "1234" : "M_FORBIDDEN");
  ASSERT_TRUE(invite(alice, room, bob));
  ASSERT_TRUE(send(alice, room, "5"));  // invited again
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "6"));
  EXPECT_EQ(seen(bob, room), expected.sees_while_joined);
  start();
  EXPECT_EQ(seen(bob, room), expected.sees_while_joined);
}

INSTANTIATE_TEST_SUITE_P(All, Visibility,
                         ::testing::Values(VisibilityCase{"world_readable", "1234", "123456"},
                                           VisibilityCase{"shared", "123", "123456"},
                                           VisibilityCase{"invited", "23", "2356"},
                                           VisibilityCase{"joined", "3", "36"}));

using History = RoomsTest;

TEST_F(History, AChangeOfVisibilityDoesNotReachBack) {
  CreateRoom request{.preset = Preset::PublicChat};
  request.initial_state.push_back({"m.room.history_visibility", "", {{"history_visibility", "joined"}}});
  const RoomId room = make_room(alice, std::move(request));
  ASSERT_TRUE(send(alice, room, "hidden"));
  ASSERT_TRUE(set_state(alice, room, "m.room.history_visibility", {{"history_visibility", "shared"}}));
  ASSERT_TRUE(send(alice, room, "shared"));
  ASSERT_TRUE(set_state(alice, room, "m.room.history_visibility", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(send(alice, room, "hidden again"));
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "to bob"));
  EXPECT_EQ(bodies(bob, room), (std::vector<std::string>{"shared", "to bob"}));
  // The events that changed the setting from or to shared are seen; without a setting it is shared.
  std::size_t settings = 0;
  for (const auto& event : *history(bob, room))
    settings += event->event->type() == "m.room.history_visibility";
  EXPECT_EQ(settings, 3U);
}

TEST_F(History, PagesHaveNoGapAndNothingTwiceInBothDirections) {
  start({.recent_events_max = 7});
  const RoomId room = make_room(alice);
  const RoomId noise = make_room(alice);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(send(alice, room, std::to_string(i)));
    if (i % 3 == 0) ASSERT_TRUE(send(alice, noise, "noise"));
  }
  const auto reading = permit(alice, gate::Operation::RoomRead);
  for (const std::size_t page : {1U, 4U, 7U, 64U}) {
    std::vector<std::string> backward;
    TimelineQuery query{
        .room = room, .after = {}, .up_to = rooms().last_position(), .limit = page, .filter = {}};
    bool sent_meanwhile = false;
    for (;;) {
      const auto timeline = run(rooms().timeline(reading, query));
      ASSERT_TRUE(timeline);
      ASSERT_LE(timeline->events.size(), page);
      for (const auto& event : timeline->events) {
        if (event->event->type() == "m.room.message") backward.push_back(body_of(event));
      }
      if (timeline->complete) break;
      query.up_to = timeline->reached;
      if (!std::exchange(sent_meanwhile, true)) ASSERT_TRUE(send(alice, noise, "meanwhile"));
    }
    std::vector<std::string> forward;
    query = {.room = room,
             .after = {},
             .up_to = rooms().last_position(),
             .direction = Direction::Forward,
             .limit = page,
             .filter = {}};
    for (;;) {
      const auto timeline = run(rooms().timeline(reading, query));
      ASSERT_TRUE(timeline);
      for (const auto& event : timeline->events) {
        if (event->event->type() == "m.room.message") forward.push_back(body_of(event));
      }
      if (timeline->complete) break;
      query.after = timeline->reached;
    }
    ASSERT_EQ(forward.size(), 60U);
    EXPECT_EQ(std::set<std::string>(forward.begin(), forward.end()).size(), 60U);
    EXPECT_TRUE(std::equal(forward.begin(), forward.end(), backward.rbegin(), backward.rend()));
  }
}

TEST_F(History, FiltersChooseEventsAndPagingGoesOn) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(send(alice, room, std::to_string(i)));
    ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", std::to_string(i)}}));
  }
  matrix::RoomEventFilter filter;
  filter.types = std::vector<std::string>{"m.room.topic"};
  TimelineQuery query{
      .room = room, .after = {}, .up_to = rooms().last_position(), .limit = 4, .filter = filter};
  std::size_t found = 0;
  for (;;) {
    const auto timeline = run(rooms().timeline(permit(alice, gate::Operation::RoomRead), query));
    ASSERT_TRUE(timeline);
    for (const auto& event : timeline->events) {
      EXPECT_EQ(event->event->type(), "m.room.topic");
      ++found;
    }
    if (timeline->complete) break;
    query.up_to = timeline->reached;
  }
  EXPECT_EQ(found, 10U);
}

TEST_F(History, ContextSurroundsAnEvent) {
  const RoomId room = make_room(alice);
  std::vector<EventId> sent;
  for (int i = 0; i < 9; ++i) sent.push_back(*send(alice, room, std::to_string(i)));
  const auto reading = permit(alice, gate::Operation::RoomRead);
  const auto context =
      run(rooms().context(reading, {.room = room, .event = sent[4], .limit = 4, .filter = {}}));
  ASSERT_TRUE(context);
  EXPECT_EQ(context->event->event->id(), sent[4]);
  ASSERT_EQ(context->before.size(), 2U);
  EXPECT_EQ(context->before[0]->event->id(), sent[3]);
  EXPECT_EQ(context->before[1]->event->id(), sent[2]);
  ASSERT_EQ(context->after.size(), 2U);
  EXPECT_EQ(context->after[0]->event->id(), sent[5]);
  EXPECT_EQ(context->after[1]->event->id(), sent[6]);
  const auto earlier = run(rooms().timeline(
      reading, {.room = room, .after = {}, .up_to = context->start, .limit = 1, .filter = {}}));
  EXPECT_EQ(earlier->events[0]->event->id(), sent[1]);
  const auto later = run(rooms().timeline(reading, {.room = room,
                                                    .after = context->end,
                                                    .up_to = rooms().last_position(),
                                                    .direction = Direction::Forward,
                                                    .limit = 1,
                                                    .filter = {}}));
  EXPECT_EQ(later->events[0]->event->id(), sent[7]);
  EXPECT_FALSE(run(rooms().context(permit(bob, gate::Operation::RoomRead),
                                   {.room = room, .event = sent[4], .limit = 4, .filter = {}})));
  const auto alone =
      run(rooms().context(reading, {.room = room, .event = sent[4], .limit = 0, .filter = {}}));
  EXPECT_TRUE(alone->before.empty() && alone->after.empty());
}

TEST_F(History, TheNearestEventInTime) {
  const RoomId room = make_room(alice);
  clock.advance(Milliseconds(1000));
  const Timestamp first_time = clock.now();
  const auto first = send(alice, room, "1");
  clock.advance(Milliseconds(1000));
  const auto second = send(alice, room, "2");
  const auto near = [&](const UserId& who, Timestamp at, Direction direction) {
    const auto event = run(rooms().event_near(permit(who, gate::Operation::RoomRead), room, at, direction));
    return event ? (*event)->event->id() : EventId(event.error().reason());
  };
  EXPECT_EQ(near(alice, first_time, Direction::Forward), *first);
  EXPECT_EQ(near(alice, first_time, Direction::Backward), *first);
  EXPECT_EQ(near(alice, first_time + Milliseconds(1), Direction::Forward), *second);
  EXPECT_EQ(near(alice, first_time + Milliseconds(999), Direction::Backward), *first);
  EXPECT_EQ(near(alice, first_time + Milliseconds(5000), Direction::Forward).view(), "M_NOT_FOUND");
  EXPECT_EQ(near(bob, first_time, Direction::Forward).view(), "M_FORBIDDEN");
}

TEST_F(History, TheNearestEventInTimeWhateverTheClockDid) {
  const RoomId room = make_room(alice);
  clock.advance(Milliseconds(600'000));
  const Timestamp start = clock.now();
  // Seconds after the start: minutes skipped, entered again, and left backwards.
  const std::vector<int> seconds{0, 30, 59, 61, 200, 10, 10, 62, 5, 400, 399, 55, 401, 60, 119, 120};
  std::multimap<int, EventId> sent;  // of equal times in the order of sending
  for (const int second : seconds) {
    clock.set_wall(start + std::chrono::seconds(second));
    sent.emplace(second, *send(alice, room, std::to_string(second)));
  }
  for (int at = 0; at <= 402; ++at) {
    for (const Direction direction : {Direction::Forward, Direction::Backward}) {
      const auto after = sent.lower_bound(at);
      const auto before = sent.upper_bound(at);
      const auto found = run(rooms().event_near(permit(alice, gate::Operation::RoomRead), room,
                                                start + std::chrono::seconds(at), direction));
      if (direction == Direction::Forward && after == sent.end()) {
        EXPECT_FALSE(found);
        continue;
      }
      ASSERT_TRUE(found) << at;
      EXPECT_EQ((*found)->event->id(),
                direction == Direction::Forward ? after->second : std::prev(before)->second)
          << at;
    }
  }
}

TEST_F(History, StateOfThePastAndItsChanges) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  std::vector<StreamPosition> positions;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", std::to_string(i)}}));
    if (i == 2) ASSERT_TRUE(join(bob, room));
    positions.push_back(rooms().last_position());
  }
  for (const bool restarted : {false, true}) {
    if (restarted) start();
    for (int i = 0; i < 5; ++i) {
      const auto past = *run(rooms().state_at(room, positions[static_cast<std::size_t>(i)]));
      EXPECT_EQ(json::string_or(past->find("m.room.topic", "")->content(), "topic", ""), std::to_string(i));
      EXPECT_EQ(past->membership(bob) == matrix::Membership::Join, i >= 2);
    }
    const auto changes = *run(rooms().state_changes(room, positions[0], positions[3]));
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(run(rooms().member_at(room, bob, positions[1])).value(), nullptr);
    EXPECT_NE(run(rooms().member_at(room, bob, positions[2])).value(), nullptr);
    const auto nothing = *run(rooms().state_at(room, StreamPosition{0}));
    EXPECT_EQ(nothing->size(), 0U);
  }
}

TEST_F(History, WhoLeftSeesTheStateOfThen) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "then"}}));
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(kick(alice, room, bob));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "now"}}));
  const auto seen = run(rooms().visible_state(permit(bob, gate::Operation::RoomRead), room));
  ASSERT_TRUE(seen);
  EXPECT_EQ(json::string_or(seen->state->find("m.room.topic", "")->content(), "topic", ""), "then");
  EXPECT_EQ(seen->state->membership(bob), matrix::Membership::Leave);
  EXPECT_FALSE(run(rooms().visible_state(permit(carol, gate::Operation::RoomRead), room)));
  EXPECT_FALSE(run(rooms().visible_state(permit(carol, gate::Operation::RoomRead), RoomId("!x:y"))));
}

TEST_F(History, AnEventThatMayNotBeSeenIsNotFound) {
  const RoomId room = make_room(alice);
  const RoomId other = make_room(bob);
  const auto event = send(alice, room, "x");
  const auto find = [&](const UserId& who, const RoomId& where, const EventId& what) {
    const auto found = run(rooms().event(permit(who, gate::Operation::RoomRead), where, what));
    return found ? std::string("found") : std::string(found.error().reason());
  };
  EXPECT_EQ(find(alice, room, *event), "found");
  EXPECT_EQ(find(bob, room, *event), "M_NOT_FOUND");
  EXPECT_EQ(find(bob, other, *event), "M_NOT_FOUND");
  EXPECT_EQ(find(alice, room, EventId("$nothing")), "M_NOT_FOUND");
  EXPECT_EQ(find(alice, RoomId("!nowhere:x"), *event), "M_NOT_FOUND");
}

TEST_F(History, WhatIsReadFromTheStoreIsWhatWasInMemory) {
  server->profiles.known[alice] = {.display_name = "A", .avatar_url = std::nullopt};
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat, .name = "R", .topic = "T"});
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "one", "txn"));
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", "S"}}));
  ASSERT_TRUE(leave(bob, room));
  const RoomStatePtr before = state(room);
  const auto live = stream.events;
  start();
  const RoomStatePtr after = state(room);
  ASSERT_EQ(after->size(), before->size());
  EXPECT_EQ(after->joined_count(), before->joined_count());
  before->for_each([&](const matrix::EventPtr& event) {
    const auto again = after->find(event->type(), *event->state_key());
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->pdu(), event->pdu());
  });
  const auto stored = *history(alice, room);
  ASSERT_EQ(stored.size(), live.size());
  for (std::size_t i = 0; i < live.size(); ++i) {
    EXPECT_EQ(stored[i]->rendered, live[i]->event->rendered);
    EXPECT_EQ(stored[i]->shared_unsigned, live[i]->event->shared_unsigned);
    EXPECT_EQ(stored[i]->position, live[i]->event->position);
    EXPECT_EQ(stored[i]->transaction, live[i]->event->transaction);
    EXPECT_EQ(stored[i]->sender_device, live[i]->event->sender_device);
  }
  // And it goes on where it was.
  ASSERT_TRUE(send(alice, room, "two"));
  EXPECT_EQ(stream.events.back()->event->event->prev_events()[0], live.back()->event->event->id());
}

TEST_F(History, RoomsThatDoNotFitInMemoryAreLoadedAgain) {
  start({.cached_rooms_max = 2});
  std::vector<RoomId> made;
  for (int i = 0; i < 6; ++i) made.push_back(make_room(alice));
  for (int round = 0; round < 3; ++round) {
    for (const RoomId& room : made) ASSERT_TRUE(send(alice, room, std::to_string(round)));
  }
  for (const RoomId& room : made) EXPECT_EQ(bodies(alice, room), (std::vector<std::string>{"0", "1", "2"}));
}

}  // namespace
}  // namespace kuramori::rooms::testing
