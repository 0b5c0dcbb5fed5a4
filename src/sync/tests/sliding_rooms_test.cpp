// What a sliding sync tells of a joined room: timeline and gaps, state, names, counts.
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Strings = std::vector<std::string>;

class SlidingRooms : public SlidingTest {
 protected:
  static std::string list(std::string_view required, int limit = 3) {
    return R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":)" + std::to_string(limit) +
           R"(,"required_state":)" + std::string(required) + "}}}";
  }
  // The state that a new client is told of the room.
  Strings state_for(const UserId& who, const RoomId& room, std::string_view required) {
    Slider phone = slider(who, list(required, 1));
    return state(slide(phone), room);
  }
  std::int64_t number(const json::Object& response, const RoomId& room, std::string_view name) {
    return number_of(room_of(response, room), {name});
  }
};

TEST_F(SlidingRooms, AFirstAnswerIsInitialAndOnlyTheNewestOfTheTimeline) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Slider phone = slider(alice, list("[]"));
  const json::Object first = slide(phone);
  EXPECT_EQ(timeline(first, room), (Strings{"2", "3", "4"}));
  EXPECT_TRUE(flag(room_of(first, room), "initial"));
  EXPECT_TRUE(flag(room_of(first, room), "limited"));
  EXPECT_EQ(number(first, room, "num_live"), 0) << "all of it is history";
  EXPECT_EQ(text_of(*room_of(first, room), {"membership"}), "join");
}

TEST_F(SlidingRooms, PrevBatchLiesJustBeforeTheFirstEvent) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Slider phone = slider(alice, list("[]"));
  const json::Object first = slide(phone);
  const auto token = parse_token(text_of(*room_of(first, room), {"prev_batch"}));
  ASSERT_TRUE(token);
  rooms::TimelineQuery query{.room = room, .after = {}, .up_to = *token, .limit = 1, .filter = {}};
  const auto before = run(rooms().timeline(permit(alice, gate::Operation::RoomRead), std::move(query)));
  ASSERT_TRUE(before);
  ASSERT_EQ(before->events.size(), 1U);
  EXPECT_EQ(rooms::testing::body_of(before->events[0]), "1");
}

TEST_F(SlidingRooms, WhatFollowsIsLiveAndWithoutAGap) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, list("[]"));
  slide(phone);
  ASSERT_TRUE(send(alice, room, "a"));
  ASSERT_TRUE(send(alice, room, "b"));
  const json::Object next = slide(phone);
  EXPECT_EQ(timeline(next, room), (Strings{"a", "b"}));
  EXPECT_FALSE(flag(room_of(next, room), "initial"));
  EXPECT_FALSE(flag(room_of(next, room), "limited"));
  EXPECT_EQ(number(next, room, "num_live"), 2);
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingRooms, AGapIsLimitedAndItsStateIsTold) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, list(R"([["m.room.topic",""],["m.room.name",""]])"));
  slide(phone);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "first"}}));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "second"}}));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  const json::Object gap = slide(phone);
  EXPECT_TRUE(flag(room_of(gap, room), "limited"));
  EXPECT_EQ(timeline(gap, room), (Strings{"1", "2", "3"}));
  EXPECT_EQ(number(gap, room, "num_live"), 3);
  const auto told = list_of(room_of(gap, room), "required_state");
  ASSERT_EQ(told.size(), 1U) << "the last event of the key alone";
  EXPECT_EQ(text_of(told[0], {"content", "topic"}), "second");
}

TEST_F(SlidingRooms, AChangeOfStateIsInTheStateAndInTheTimeline) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, list(R"([["m.room.topic",""]])"));
  slide(phone);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "new"}}));
  ASSERT_TRUE(set_state(alice, room, "org.example.thing", {}));
  const json::Object next = slide(phone);
  EXPECT_EQ(state(next, room), Strings{"m.room.topic"});
  EXPECT_EQ(timeline(next, room), (Strings{"m.room.topic", "org.example.thing"}));
}

TEST_F(SlidingRooms, StateByTypeByKeyAndByWildcard) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(set_state(alice, room, "org.example.desk", {}, "a"));
  ASSERT_TRUE(set_state(alice, room, "org.example.desk", {}, "b"));
  EXPECT_EQ(state_for(alice, room, R"([["m.room.create",""],["m.room.topic",""]])"),
            Strings{"m.room.create"});
  EXPECT_EQ(state_for(alice, room, R"([["org.example.desk","*"]])"),
            (Strings{"org.example.desk", "org.example.desk"}));
  EXPECT_EQ(state_for(bob, room, R"([["m.room.member","$ME"]])"), Strings{"m.room.member:" + bob.str()});
  EXPECT_EQ(state_for(bob, room, R"([["*","b"]])"), Strings{"org.example.desk"});
  EXPECT_EQ(state_for(bob, room, R"([["m.room.member","*"]])"),
            (Strings{"m.room.member:" + alice.str(), "m.room.member:" + bob.str()}));
  EXPECT_EQ(state_for(bob, room, R"([["*","*"]])").size(), server->rooms.cached_state(room)->size());
}

TEST_F(SlidingRooms, MembersComeWhenTheTimelineNeedsThem) {
  const RoomId room = public_room(alice);
  for (const UserId& who : {bob, carol}) ASSERT_TRUE(join(who, room));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(bob, room, std::to_string(i)));
  Slider phone = slider(alice, list(R"([["m.room.member","$LAZY"]])"));
  EXPECT_EQ(state(slide(phone), room), Strings{"m.room.member:" + bob.str()});
  ASSERT_TRUE(send(bob, room, "known"));
  EXPECT_EQ(state(slide(phone), room), Strings()) << "he was told";
  ASSERT_TRUE(send(carol, room, "new"));
  EXPECT_EQ(state(slide(phone), room), Strings{"m.room.member:" + carol.str()});
}

TEST_F(SlidingRooms, AllStateWithLazyMembersLeavesTheMembersOut) {
  const RoomId room = public_room(alice);
  for (const UserId& who : {bob, carol}) ASSERT_TRUE(join(who, room));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(bob, room, std::to_string(i)));
  const Strings told = state_for(alice, room, R"([["*","*"],["m.room.member","$LAZY"]])");
  EXPECT_EQ(std::ranges::count(told, "m.room.member:" + carol.str()), 0);
  EXPECT_EQ(std::ranges::count(told, "m.room.member:" + bob.str()), 1);
  EXPECT_EQ(std::ranges::count(told, "m.room.create"), 1);
}

TEST_F(SlidingRooms, AfterAGapMembersAreToldAgain) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Slider phone = slider(alice, list(R"([["m.room.member","$LAZY"]])"));
  slide(phone);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(bob, room, std::to_string(i)));
  const json::Object gap = slide(phone);
  EXPECT_TRUE(flag(room_of(gap, room), "limited"));
  EXPECT_EQ(state(gap, room), Strings{"m.room.member:" + bob.str()});
}

TEST_F(SlidingRooms, AskingForMoreStateBringsWhatIsMissing) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, list(R"([["m.room.create",""]])"));
  slide(phone);
  phone.body = parse(list(R"([["m.room.create",""],["m.room.power_levels",""]])"));
  const json::Object more = slide(phone);
  EXPECT_EQ(state(more, room), Strings{"m.room.power_levels"});
  EXPECT_FALSE(flag(room_of(more, room), "initial"));
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingRooms, AskingForALongerTimelineSendsItAnew) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Slider phone = slider(alice, list("[]", 1));
  EXPECT_EQ(timeline(slide(phone), room), Strings{"3"});
  ASSERT_TRUE(send(alice, room, "4"));
  phone.body = parse(list("[]", 4));
  const json::Object longer = slide(phone);
  EXPECT_EQ(timeline(longer, room), (Strings{"1", "2", "3", "4"}));
  EXPECT_TRUE(flag(room_of(longer, room), "unstable_expanded_timeline"));
  EXPECT_FALSE(flag(room_of(longer, room), "initial"));
  EXPECT_EQ(number(longer, room, "num_live"), 1) << "the others came before";
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingRooms, NamesAndHeroes) {
  server->profiles.known[bob] = {.display_name = "Bob", .avatar_url = "mxc://example.org/bob"};
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Slider phone = slider(alice, list("[]"));
  const json::Object nameless = slide(phone);
  const auto heroes = list_of(room_of(nameless, room), "heroes");
  ASSERT_EQ(heroes.size(), 1U);
  EXPECT_EQ(text_of(heroes[0], {"user_id"}), bob.str());
  EXPECT_EQ(text_of(heroes[0], {"displayname"}), "Bob");
  EXPECT_EQ(text_of(heroes[0], {"avatar_url"}), "mxc://example.org/bob");
  EXPECT_EQ(number(nameless, room, "joined_count"), 2);
  EXPECT_EQ(number(nameless, room, "invited_count"), 0);
  EXPECT_EQ(json::find(*room_of(nameless, room), "name"), nullptr);
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", "倉"}}));
  ASSERT_TRUE(set_state(alice, room, "m.room.avatar", {{"url", "mxc://example.org/room"}}));
  const json::Object named = slide(phone);
  EXPECT_EQ(text_of(*room_of(named, room), {"name"}), "倉");
  EXPECT_EQ(text_of(*room_of(named, room), {"avatar"}), "mxc://example.org/room");
  EXPECT_TRUE(list_of(room_of(named, room), "heroes").empty());
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", ""}}));
  const json::Object unnamed = slide(phone);
  const json::Value* name = json::find(*room_of(unnamed, room), "name");
  ASSERT_NE(name, nullptr);
  EXPECT_TRUE(name->is_null());
  EXPECT_EQ(list_of(room_of(unnamed, room), "heroes").size(), 1U);
}

TEST_F(SlidingRooms, CountsComeWithTheirEventAndGoWithAReceipt) {
  const RoomId room = public_room(alice);
  ASSERT_TRUE(join(bob, room));
  Slider phone = slider(bob, list("[]"));
  slide(phone);
  const auto said = send(alice, room, "hello");
  ASSERT_TRUE(said);
  const json::Object told = slide(phone);
  EXPECT_EQ(number(told, room, "notification_count"), 1);
  EXPECT_EQ(number(told, room, "highlight_count"), 0);
  ASSERT_TRUE(receipt(bob, room, *said));
  const json::Object read = slide(phone);
  EXPECT_EQ(number(read, room, "notification_count"), 0);
  EXPECT_TRUE(timeline(read, room).empty());
  json::Object mention = text_message("you");
  mention["m.mentions"] = {{"user_ids", json::Array{bob.str()}}};
  ASSERT_TRUE(send_content(alice, room, std::move(mention)));
  EXPECT_EQ(number(slide(phone), room, "highlight_count"), 1);
}

TEST_F(SlidingRooms, WhatIgnoredPeopleSayIsNotTold) {
  const RoomId room = public_room(alice);
  for (const UserId& who : {bob, carol}) ASSERT_TRUE(join(who, room));
  Slider phone = slider(bob, list("[]"));
  slide(phone);
  set_account_data(bob, RoomId(), "m.ignored_user_list",
                   parse(R"({"ignored_users":{"@carol:example.org":{}}})"));
  ASSERT_TRUE(send(carol, room, "noise"));
  ASSERT_TRUE(send(alice, room, "signal"));
  EXPECT_EQ(timeline(slide(phone), room), Strings{"signal"});
}

TEST_F(SlidingRooms, TheTransactionIsToldToTheDeviceThatSent) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, list("[]", 1));
  slide(phone);
  ASSERT_TRUE(send(alice, room, "hello", "t1"));
  const auto events = list_of(room_of(slide(phone), room), "timeline");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(text_of(events[0], {"unsigned", "transaction_id"}), "t1");
  EXPECT_EQ(text_of(events[0], {"unsigned", "membership"}), "join");
}

TEST_F(SlidingRooms, TheFinalFormNamesThingsItsOwnWay) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Slider phone = slider(alice, R"({"lists":{"all":{"range":[0,9],"timeline_limit":1,"required_state":
      {"include":[{"type":"m.room.create"},{"type":"m.room.member","state_key":"$ME"}],"lazy_members":true}}}})");
  phone.form = SlidingForm::Final;
  const json::Object first = slide(phone);
  EXPECT_EQ(brief(list_of(room_of(first, room), "timeline_events")), Strings{"2"});
  EXPECT_EQ(state(first, room), (Strings{"m.room.create", "m.room.member:" + alice.str()}));
  EXPECT_EQ(json::find(*room_of(first, room), "timeline"), nullptr);
  EXPECT_EQ(at(first, {"lists", "all", "ops"}), nullptr);
  phone.body["lists"].as_object()["all"].as_object()["timeline_limit"] = 2;
  EXPECT_TRUE(flag(room_of(slide(phone), room), "expanded_timeline"));
}

TEST_F(SlidingRooms, TheRangeForTheRecordReachesBackToTheFirstEventThatWasTold) {
  const RoomId quiet = make_room(alice);
  ASSERT_TRUE(send(alice, quiet, "long ago"));
  const RoomId busy = make_room(alice);
  Slider phone = slider(alice, R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":1}}})");
  slide(phone);
  phone.body = parse(R"({"lists":{"all":{"ranges":[[0,1]],"timeline_limit":1}}})");
  const auto answer = try_slide(phone);
  ASSERT_TRUE(answer);
  const auto prev = parse_token(text_of(*room_of(parse(answer->body), quiet), {"prev_batch"}));
  ASSERT_TRUE(prev);
  EXPECT_EQ(answer->from, *prev);
}

}  // namespace
}  // namespace kuramori::sync::testing
