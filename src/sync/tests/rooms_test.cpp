// Which rooms a response shows, and what of their timeline and state.
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using ::testing::Test;
using Strings = std::vector<std::string>;

class SyncRooms : public SyncTest {};

Strings timeline(const json::Object& response, const RoomId& room, std::string_view section = "join") {
  return brief(events_in(room_in(response, section, room), "timeline"));
}
Strings state_of(const json::Object& response, const RoomId& room, std::string_view section = "join") {
  Strings list = brief(events_in(room_in(response, section, room), "state"));
  std::ranges::sort(list);
  return list;
}
bool is_limited(const json::Object& response, const RoomId& room) {
  const json::Value* limited = at(*room_in(response, "join", room), {"timeline", "limited"});
  return limited != nullptr && limited->is_bool() && limited->get_bool();
}

TEST_F(SyncRooms, AFirstSyncShowsTheRoomFromItsBeginning) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "hello"));
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":50}}})");
  const json::Object response = sync(phone);
  const Strings events = timeline(response, room);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front(), "m.room.create");
  EXPECT_EQ(events.back(), "hello");
  EXPECT_FALSE(is_limited(response, room));
  EXPECT_TRUE(state_of(response, room).empty()) << "the timeline tells it all";
  EXPECT_EQ(text_of(response, {"next_batch"}), "s" + std::to_string(store.last_position().value));
}

TEST_F(SyncRooms, NothingNewIsAnEmptyAnswer) {
  const RoomId room = make_room(alice);
  Client phone = client(alice);
  sync(phone);
  const json::Object response = sync(phone);
  EXPECT_EQ(at(response, {"rooms"}), nullptr);
  EXPECT_EQ(at(response, {"account_data"}), nullptr);
}

TEST_F(SyncRooms, EachEventArrivesOnceInOrder) {
  const RoomId room = make_room(alice);
  Client phone = client(alice);
  sync(phone);
  ASSERT_TRUE(send(alice, room, "one"));
  EXPECT_EQ(timeline(sync(phone), room), Strings{"one"});
  ASSERT_TRUE(send(alice, room, "two"));
  ASSERT_TRUE(send(alice, room, "three"));
  EXPECT_EQ(timeline(sync(phone), room), (Strings{"two", "three"}));
  EXPECT_EQ(room_in(sync(phone), "join", room), nullptr);
}

TEST_F(SyncRooms, ALimitedTimelineKeepsTheStateOfTheGap) {
  const RoomId room = make_room(alice);
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":2}}})");
  sync(phone);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "first"}}));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "second"}}));
  for (const char* body : {"1", "2", "3"}) ASSERT_TRUE(send(alice, room, body));
  const json::Object response = sync(phone);
  EXPECT_TRUE(is_limited(response, room));
  EXPECT_EQ(timeline(response, room), (Strings{"2", "3"}));
  const auto state = events_in(room_in(response, "join", room), "state");
  ASSERT_EQ(state.size(), 1U);
  EXPECT_EQ(text_of(state[0], {"content", "topic"}), "second");
}

TEST_F(SyncRooms, StateIsThatAtTheStartOfTheTimeline) {
  const RoomId room = make_room(alice);
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":2}}})");
  sync(phone);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "before"}}));
  ASSERT_TRUE(send(alice, room, "1"));
  ASSERT_TRUE(send(alice, room, "2"));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "after"}}));
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room), (Strings{"2", "m.room.topic"}));
  const auto state = events_in(room_in(response, "join", room), "state");
  ASSERT_EQ(state.size(), 1U);
  EXPECT_EQ(text_of(state[0], {"content", "topic"}), "before");
  EXPECT_TRUE(events_in(room_in(response, "join", room), "state_after").empty());
}

TEST_F(SyncRooms, AFirstSyncShowsTheStateBeforeItsTimeline) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "before"}}));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "after"}}));
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":1}}})");
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room), Strings{"m.room.topic"});
  const auto state = events_in(room_in(response, "join", room), "state");
  EXPECT_TRUE(std::ranges::any_of(
      state, [](const json::Object& e) { return text_of(e, {"content", "topic"}) == "before"; }));
  EXPECT_FALSE(std::ranges::any_of(
      state, [](const json::Object& e) { return text_of(e, {"content", "topic"}) == "after"; }));
}

TEST_F(SyncRooms, StateAfterIsThatAtItsEnd) {
  const RoomId room = make_room(alice);
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":2}}})");
  phone.use_state_after = true;
  const json::Object first = sync(phone);
  EXPECT_EQ(at(*room_in(first, "join", room), {"state"}), nullptr);
  EXPECT_GT(events_in(room_in(first, "join", room), "state_after").size(), 4U) << "the whole state";
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "before"}}));
  ASSERT_TRUE(send(alice, room, "1"));
  ASSERT_TRUE(send(alice, room, "2"));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "after"}}));
  const json::Object response = sync(phone);
  const auto state = events_in(room_in(response, "join", room), "state_after");
  ASSERT_EQ(state.size(), 1U);
  EXPECT_EQ(text_of(state[0], {"content", "topic"}), "after");
  EXPECT_EQ(at(*room_in(response, "join", room), {"state"}), nullptr);
  ASSERT_TRUE(send(alice, room, "3"));
  const json::Object last = sync(phone);
  EXPECT_NE(at(*room_in(last, "join", room), {"state_after"}), nullptr) << "required even when empty";
}

TEST_F(SyncRooms, PrevBatchLeadsToTheEventsBefore) {
  const RoomId room = make_room(alice);
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":2}}})");
  for (const char* body : {"1", "2", "3", "4"}) ASSERT_TRUE(send(alice, room, body));
  const json::Object response = sync(phone);
  ASSERT_EQ(timeline(response, room), (Strings{"3", "4"}));
  const auto before = parse_token(text_of(*room_in(response, "join", room), {"timeline", "prev_batch"}));
  ASSERT_TRUE(before);
  auto earlier =
      run(rooms().timeline(permit(alice, gate::Operation::RoomRead),
                           {.room = room, .after = {}, .up_to = *before, .limit = 1, .filter = {}}));
  ASSERT_TRUE(earlier);
  ASSERT_EQ(earlier->events.size(), 1U);
  EXPECT_EQ(rooms::testing::body_of(earlier->events[0]), "2");
}

TEST_F(SyncRooms, TheTimelineLimitHolds) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Client plain = client(alice);
  EXPECT_EQ(timeline(sync(plain), room).size(), Engine::kTimelineLimit);
  Client none = client_with(alice, R"({"room":{"timeline":{"limit":0}}})");
  const json::Object response = sync(none);
  EXPECT_TRUE(timeline(response, room).empty());
  EXPECT_TRUE(is_limited(response, room));
  EXPECT_GT(state_of(response, room).size(), 4U);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "new"}}));
  EXPECT_EQ(state_of(sync(none), room), Strings{"m.room.topic"});
}

TEST_F(SyncRooms, ANewlyJoinedRoomComesWhole) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "old"}}));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Client phone = client_with(bob, R"({"room":{"timeline":{"limit":3}}})");
  sync(phone);
  ASSERT_TRUE(join(bob, room));
  const json::Object response = sync(phone);
  const Strings state = state_of(response, room);
  EXPECT_TRUE(std::ranges::count(state, "m.room.topic"));
  EXPECT_TRUE(std::ranges::count(state, "m.room.create"));
  EXPECT_TRUE(std::ranges::count(state, "m.room.member:@alice:example.org"));
  EXPECT_EQ(timeline(response, room).back(), "m.room.member:@bob:example.org");
  EXPECT_TRUE(is_limited(response, room));
}

TEST_F(SyncRooms, ARoomCreatedAndSyncedAtOnceComesWhole) {
  Client phone = client_with(alice, R"({"room":{"timeline":{"limit":50}}})");
  const RoomId first = make_room(alice);
  sync(phone);
  const RoomId room = make_room(alice);
  const json::Object response = sync(phone);
  ASSERT_NE(room_in(response, "join", room), nullptr);
  EXPECT_EQ(timeline(response, room).front(), "m.room.create");
  EXPECT_EQ(room_in(response, "join", first), nullptr);
}

TEST_F(SyncRooms, AnInvitationComesWithStrippedState) {
  rooms::CreateRoom request;
  request.name = "The room";
  const RoomId room = make_room(alice, std::move(request));
  Client phone = client(bob);
  sync(phone);
  ASSERT_TRUE(invite(alice, room, bob));
  const json::Object response = sync(phone);
  const auto state = events_in(room_in(response, "invite", room), "invite_state");
  const Strings list = brief(state);
  EXPECT_TRUE(std::ranges::count(list, "m.room.create"));
  EXPECT_TRUE(std::ranges::count(list, "m.room.name"));
  EXPECT_TRUE(std::ranges::count(list, "m.room.member:@bob:example.org"));
  EXPECT_TRUE(std::ranges::count(list, "m.room.member:@alice:example.org"));
  for (const json::Object& event : state) {
    EXPECT_EQ(json::find(event, "event_id"), nullptr);
    EXPECT_EQ(json::find(event, "origin_server_ts"), nullptr);
  }
  EXPECT_EQ(room_in(sync(phone), "invite", room), nullptr) << "once";
  Client other = client(bob, "OTHER");
  EXPECT_NE(room_in(sync(other), "invite", room), nullptr);
}

TEST_F(SyncRooms, AKnockComesWithStrippedState) {
  rooms::CreateRoom request;
  request.initial_state.push_back({"m.room.join_rules", "", {{"join_rule", "knock"}}});
  const RoomId room = make_room(alice, std::move(request));
  Client phone = client(bob);
  sync(phone);
  ASSERT_TRUE(knock(bob, room));
  const Strings list = brief(events_in(room_in(sync(phone), "knock", room), "knock_state"));
  EXPECT_TRUE(std::ranges::count(list, "m.room.create"));
  EXPECT_TRUE(std::ranges::count(list, "m.room.member:@bob:example.org"));
}

TEST_F(SyncRooms, ALeaveShowsOnce) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Client phone = client(bob);
  sync(phone);
  ASSERT_TRUE(send(alice, room, "last words"));
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(send(alice, room, "behind the back"));
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room, "leave"), (Strings{"last words", "m.room.member:@bob:example.org"}));
  EXPECT_EQ(room_in(response, "join", room), nullptr);
  EXPECT_EQ(at(sync(phone), {"rooms"}), nullptr);
  Client other = client(bob, "OTHER");
  EXPECT_EQ(room_in(sync(other), "leave", room), nullptr) << "a first sync leaves it out";
}

TEST_F(SyncRooms, ALeftRoomTellsItsStateAsAsked) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Client phone = client_with(bob, R"({"room":{"timeline":{"limit":1}}})");
  phone.use_state_after = true;
  sync(phone);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "last words"}}));
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "behind the back"}}));
  const json::Object response = sync(phone);
  const json::Object* left = room_in(response, "leave", room);
  EXPECT_EQ(json::find(*left, "state"), nullptr);
  const auto state = events_in(left, "state_after");
  EXPECT_EQ(brief(state), (Strings{"m.room.member:@bob:example.org", "m.room.topic"}));
  EXPECT_EQ(text_of(state.back(), {"content", "topic"}), "last words");
}

TEST_F(SyncRooms, AKickAndABanShowOnce) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(join(carol, room));
  Client bobs = client(bob);
  Client carols = client(carol);
  sync(bobs);
  sync(carols);
  ASSERT_TRUE(kick(alice, room, bob));
  ASSERT_TRUE(ban(alice, room, carol));
  EXPECT_EQ(timeline(sync(bobs), room, "leave"), Strings{"m.room.member:@bob:example.org"});
  EXPECT_EQ(timeline(sync(carols), room, "leave").back(), "m.room.member:@carol:example.org");
  EXPECT_EQ(at(sync(bobs), {"rooms"}), nullptr);
  EXPECT_EQ(at(sync(carols), {"rooms"}), nullptr);
}

TEST_F(SyncRooms, ARejectedInvitationShowsItsEndAlone) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "secret"));
  ASSERT_TRUE(invite(alice, room, bob));
  Client phone = client(bob);
  sync(phone);
  ASSERT_TRUE(leave(bob, room));
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room, "leave"), Strings{"m.room.member:@bob:example.org"});
  EXPECT_TRUE(state_of(response, room, "leave").empty());
  EXPECT_EQ(room_in(response, "invite", room), nullptr);
}

TEST_F(SyncRooms, LeavingAndForgettingStillShowsTheLeaveOnce) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Client phone = client(bob);
  sync(phone);
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(forget(bob, room));
  EXPECT_NE(room_in(sync(phone), "leave", room), nullptr);
  EXPECT_EQ(at(sync(phone), {"rooms"}), nullptr);
  Client archive = client_with(bob, R"({"room":{"include_leave":true}})");
  EXPECT_EQ(room_in(sync(archive), "leave", room), nullptr);
}

TEST_F(SyncRooms, JoinedAndLeftBetweenTwoSyncs) {
  const RoomId room = public_room(alice);
  Client phone = client(bob);
  sync(phone);
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "hi bob"));
  ASSERT_TRUE(leave(bob, room));
  const json::Object response = sync(phone);
  const Strings events = timeline(response, room, "leave");
  ASSERT_GE(events.size(), 3U);
  EXPECT_EQ(events.back(), "m.room.member:@bob:example.org");
  EXPECT_TRUE(std::ranges::count(events, "hi bob"));
}

TEST_F(SyncRooms, LeftRoomsWhenAskedFor) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(send(alice, room, "behind the back"));
  Client archive = client_with(bob, R"({"room":{"include_leave":true}})");
  const json::Object response = sync(archive);
  const Strings events = timeline(response, room, "leave");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back(), "m.room.member:@bob:example.org");
}

TEST_F(SyncRooms, WhatHappenedDuringAnAbsenceIsJudged) {
  rooms::CreateRoom request;
  request.preset = rooms::Preset::PublicChat;
  request.initial_state.push_back({"m.room.history_visibility", "", {{"history_visibility", "joined"}}});
  const RoomId room = make_room(alice, std::move(request));
  ASSERT_TRUE(join(bob, room));
  Client phone = client_with(bob, R"({"room":{"timeline":{"limit":50}}})");
  sync(phone);
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(send(alice, room, "behind the back"));
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "welcome back"));
  const Strings events = timeline(sync(phone), room);
  EXPECT_FALSE(std::ranges::count(events, "behind the back"));
  EXPECT_TRUE(std::ranges::count(events, "welcome back"));
}

TEST_F(SyncRooms, FullStateOnDemand) {
  const RoomId room = make_room(alice);
  Client phone = client(alice);
  sync(phone);
  ASSERT_TRUE(send(alice, room, "new"));
  phone.full_state = true;
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room), Strings{"new"});
  EXPECT_TRUE(std::ranges::count(state_of(response, room), "m.room.create"));
  const json::Object again = sync(phone);
  EXPECT_TRUE(timeline(again, room).empty()) << "the timeline is limited by since";
  EXPECT_TRUE(std::ranges::count(state_of(again, room), "m.room.create"));
}

TEST_F(SyncRooms, StateThatTheTimelineFilterHidesIsInTheState) {
  const RoomId room = make_room(alice);
  const std::string filter = R"({"room":{"timeline":{"types":["m.room.message"]}}})";
  Client phone = client_with(alice, filter);
  sync(phone);
  ASSERT_TRUE(send(alice, room, "1"));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "hidden"}}));
  ASSERT_TRUE(send(alice, room, "2"));
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room), (Strings{"1", "2"}));
  EXPECT_EQ(state_of(response, room), Strings{"m.room.topic"});
  Client fresh = client_with(alice, filter);
  const auto state = events_in(room_in(sync(fresh), "join", room), "state");
  EXPECT_TRUE(std::ranges::any_of(
      state, [](const json::Object& e) { return text_of(e, {"content", "topic"}) == "hidden"; }));
}

TEST_F(SyncRooms, AfterARestartTheSameHolds) {
  const RoomId room = make_room(alice);
  const std::string filter = R"({"room":{"timeline":{"types":["m.room.message"],"limit":2}}})";
  Client phone = client_with(alice, filter);
  Client plain = client(alice, "PLAIN");
  sync(phone);
  sync(plain);
  ASSERT_TRUE(send(alice, room, "1"));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "hidden"}}));
  ASSERT_TRUE(send(alice, room, "2"));
  restart();
  const json::Object response = sync(phone);
  EXPECT_EQ(timeline(response, room), (Strings{"1", "2"}));
  EXPECT_EQ(state_of(response, room), Strings{"m.room.topic"});
  EXPECT_EQ(timeline(sync(plain), room), (Strings{"1", "m.room.topic", "2"}));
  ASSERT_TRUE(send(alice, room, "3"));
  EXPECT_EQ(timeline(sync(phone), room), Strings{"3"});
  EXPECT_EQ(timeline(sync(plain), room), Strings{"3"});
}

TEST_F(SyncRooms, AGapThatTheTailDoesNotReach) {
  const RoomId room = make_room(alice);
  Client phone = client(alice);
  sync(phone);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "long ago"}}));
  for (std::size_t i = 0; i < RoomFeed::kTailEventsMax + 10; ++i)
    ASSERT_TRUE(send(alice, room, std::to_string(i)));
  const json::Object response = sync(phone);
  EXPECT_TRUE(is_limited(response, room));
  EXPECT_EQ(timeline(response, room).size(), Engine::kTimelineLimit);
  EXPECT_EQ(state_of(response, room), Strings{"m.room.topic"});
}

TEST_F(SyncRooms, ATailThatWasCutIsReadFromStorage) {
  restart({.tail_events_max = 3});
  const RoomId room = make_room(alice);
  Client phone = client(alice);
  sync(phone);
  for (const char* body : {"1", "2", "3", "4", "5"}) ASSERT_TRUE(send(alice, room, body));
  EXPECT_EQ(timeline(sync(phone), room), (Strings{"1", "2", "3", "4", "5"}));
}

TEST_F(SyncRooms, ARedactedEventIsShownRedacted) {
  const RoomId room = make_room(alice);
  Client phone = client(alice);
  sync(phone);
  const auto event = send(alice, room, "regrettable");
  ASSERT_TRUE(event);
  ASSERT_TRUE(redact(alice, room, *event));
  const auto events = events_in(room_in(sync(phone), "join", room), "timeline");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(text_of(events[0], {"content", "body"}), "");
  EXPECT_NE(at(events[0], {"unsigned", "redacted_because"}), nullptr);
}

TEST_F(SyncRooms, TheTransactionIdIsForTheSendingDeviceAlone) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Client phone = client(alice, "DEVICE");
  Client laptop = client(alice, "LAPTOP");
  Client bobs = client(bob, "DEVICE");
  for (Client* device : {&phone, &laptop, &bobs}) sync(*device);
  ASSERT_TRUE(send(alice, room, "hello", "txn1"));
  const auto transaction = [&](Client& device) {
    const auto events = events_in(room_in(sync(device), "join", room), "timeline");
    EXPECT_EQ(events.size(), 1U);
    return events.empty() ? "?" : text_of(events[0], {"unsigned", "transaction_id"});
  };
  EXPECT_EQ(transaction(phone), "txn1");
  EXPECT_EQ(transaction(laptop), "");
  EXPECT_EQ(transaction(bobs), "");
}

TEST_F(SyncRooms, EventsSayWhatTheReaderWasInTheRoom) {
  const RoomId room = public_room(alice);
  Client phone = client_with(bob, R"({"room":{"timeline":{"limit":50}}})");
  ASSERT_TRUE(send(alice, room, "before"));
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "after"));
  for (const json::Object& event : events_in(room_in(sync(phone), "join", room), "timeline")) {
    const std::string body = text_of(event, {"content", "body"});
    const std::string membership = text_of(event, {"unsigned", "membership"});
    if (body == "before") EXPECT_EQ(membership, "leave");
    if (body == "after") EXPECT_EQ(membership, "join");
  }
}

TEST_F(SyncRooms, TheSummaryNamesOthersFirstComeFirst) {
  const RoomId room = public_room(alice);
  Client phone = client(alice);
  sync(phone);
  clock.advance(Milliseconds(1000));
  ASSERT_TRUE(join(bob, room));
  clock.advance(Milliseconds(1000));
  ASSERT_TRUE(invite(alice, room, carol));
  const json::Object response = sync(phone);
  const json::Object* part = room_in(response, "join", room);
  EXPECT_EQ(number_of(part, {"summary", "m.joined_member_count"}), 2);
  EXPECT_EQ(number_of(part, {"summary", "m.invited_member_count"}), 1);
  const json::Value* heroes = at(*part, {"summary", "m.heroes"});
  ASSERT_NE(heroes, nullptr);
  EXPECT_EQ(json::serialize(*heroes), R"(["@bob:example.org","@carol:example.org"])");
  ASSERT_TRUE(send(alice, room, "no change"));
  EXPECT_EQ(at(*room_in(sync(phone), "join", room), {"summary"}), nullptr);
}

TEST_F(SyncRooms, TokensFromElsewhereAreRefused) {
  make_room(alice);
  Client phone = client(alice);
  phone.since = StreamPosition{store.last_position().value + 1};
  const auto answer = try_sync(phone);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason(), "M_INVALID_PARAM");
  for (const char* token : {"", "s", "12", "sx", "s-1", "s1_2", "s99999999999999999999"}) {
    const auto parsed = parse_token(token);
    ASSERT_FALSE(parsed) << token;
    EXPECT_EQ(parsed.error().reason(), "M_INVALID_PARAM");
  }
  EXPECT_EQ(parse_token("s12")->value, 12);
}

}  // namespace
}  // namespace kuramori::sync::testing
