// Which rooms a sliding sync shows: windows, order, filters, subscriptions.
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kFirstTwo =
    R"({"lists":{"all":{"ranges":[[0,1]],"timeline_limit":1,"required_state":[]}}})";

class SlidingLists : public SlidingTest {
 protected:
  static std::string filtered(std::string_view filters) {
    return R"({"lists":{"all":{"ranges":[[0,99]],"timeline_limit":1,"required_state":[],"filters":)" +
           std::string(filters) + "}}}";
  }
  Strings passing(std::string_view filters) {
    Slider phone = slider(alice, filtered(filters));
    return window(slide(phone), "all");
  }
};

TEST_F(SlidingLists, TheNewestRoomsComeFirstAndTheWindowHolds) {
  const RoomId first = make_room(alice);
  const RoomId second = make_room(alice);
  const RoomId third = make_room(alice);
  ASSERT_TRUE(send(alice, first, "up"));
  Slider phone = slider(alice, kFirstTwo);
  const json::Object response = slide(phone);
  EXPECT_EQ(window(response, "all"), (Strings{first.str(), third.str()}));
  EXPECT_EQ(number_of(&response, {"lists", "all", "count"}), 3);
  EXPECT_EQ(room_count(response), 2U);
  EXPECT_EQ(room_of(response, second), nullptr);
  EXPECT_TRUE(flag(room_of(response, first), "initial"));
}

TEST_F(SlidingLists, OnlyWhatPeopleSayMovesARoomUp) {
  const RoomId quiet = make_room(alice);
  const RoomId newer = make_room(alice);
  ASSERT_TRUE(set_state(alice, quiet, "m.room.topic", {{"topic", "no matter"}}));
  Slider phone = slider(alice, kFirstTwo);
  EXPECT_EQ(window(slide(phone), "all"), (Strings{newer.str(), quiet.str()}));
  ASSERT_TRUE(set_state(alice, quiet, "m.room.topic", {{"topic", "again"}}));
  const json::Object told = slide(phone);
  EXPECT_EQ(window(told, "all"), (Strings{newer.str(), quiet.str()}));
  const std::int64_t stamp = number_of(room_of(told, quiet), {"bump_stamp"});
  ASSERT_TRUE(send(alice, quiet, "up"));
  const json::Object moved = slide(phone);
  EXPECT_EQ(window(moved, "all"), (Strings{quiet.str(), newer.str()}));
  EXPECT_GT(number_of(room_of(moved, quiet), {"bump_stamp"}), stamp);
}

TEST_F(SlidingLists, AGrowingWindowBringsOnlyTheRoomsThatItAdds) {
  std::vector<RoomId> rooms;
  for (int i = 0; i < 6; ++i) rooms.push_back(make_room(alice));
  Slider phone = slider(alice, kFirstTwo);
  EXPECT_EQ(room_count(slide(phone)), 2U);
  phone.body = parse(R"({"lists":{"all":{"ranges":[[0,4]],"timeline_limit":1,"required_state":[]}}})");
  const json::Object grown = slide(phone);
  EXPECT_EQ(room_count(grown), 3U);
  EXPECT_NE(room_of(grown, rooms[1]), nullptr);
  EXPECT_EQ(room_of(grown, rooms[5]), nullptr);
  EXPECT_EQ(window(grown, "all").size(), 5U);
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingLists, ARoomThatLeftTheWindowGoesOnWhereItWasWhenItComesBack) {
  const RoomId room = make_room(alice);
  Slider phone =
      slider(alice, R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":10,"required_state":[]}}})");
  EXPECT_TRUE(flag(room_of(slide(phone), room), "initial"));
  const RoomId other = make_room(alice);
  EXPECT_NE(room_of(slide(phone), other), nullptr);
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "unseen"}}));
  EXPECT_EQ(room_count(slide(phone)), 0U);
  ASSERT_TRUE(send(alice, room, "back"));
  const json::Object back = slide(phone);
  EXPECT_FALSE(flag(room_of(back, room), "initial"));
  EXPECT_EQ(timeline(back, room), (Strings{"m.room.topic", "back"}));
  EXPECT_FALSE(flag(room_of(back, room), "limited"));
}

TEST_F(SlidingLists, SeveralRangesAndAListWithoutOne) {
  std::vector<RoomId> rooms;
  for (int i = 0; i < 5; ++i) rooms.push_back(make_room(alice));
  Slider phone = slider(alice, R"({"lists":{"some":{"ranges":[[0,0],[3,7]],"timeline_limit":1}}})");
  const json::Object some = slide(phone);
  EXPECT_EQ(room_count(some), 3U);
  EXPECT_NE(room_of(some, rooms[4]), nullptr);
  EXPECT_NE(room_of(some, rooms[1]), nullptr);
  EXPECT_NE(room_of(some, rooms[0]), nullptr);
  Slider whole = slider(alice, R"({"lists":{"some":{"timeline_limit":1}}})", "OTHER");
  EXPECT_EQ(room_count(slide(whole)), 5U);
}

TEST_F(SlidingLists, FiltersByKindOfRoom) {
  const RoomId plain = make_room(alice);
  const RoomId secret = make_room(alice);
  ASSERT_TRUE(set_state(alice, secret, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}));
  rooms::CreateRoom request;
  request.creation_content["type"] = "m.space";
  const RoomId space = make_room(alice, std::move(request));
  EXPECT_EQ(passing(R"({"is_encrypted":true})"), Strings{secret.str()});
  EXPECT_EQ(passing(R"({"is_encrypted":false})"), (Strings{space.str(), plain.str()}));
  EXPECT_EQ(passing(R"({"room_types":["m.space"]})"), Strings{space.str()});
  EXPECT_EQ(passing(R"({"not_room_types":["m.space"]})"), (Strings{secret.str(), plain.str()}));
  EXPECT_EQ(passing(R"({"room_types":[null]})"), (Strings{secret.str(), plain.str()}));
  EXPECT_EQ(passing(R"({"room_types":[null,"m.space"],"not_room_types":[null]})"), Strings{space.str()});
  ASSERT_TRUE(set_state(alice, plain, "m.room.name", {{"name", "Harbour Office"}}));
  EXPECT_EQ(passing(R"({"room_name_like":"bour off"})"), Strings{plain.str()});
  ASSERT_TRUE(set_state(alice, plain, "m.room.name", {{"name", "Canteen"}}));
  EXPECT_EQ(passing(R"({"room_name_like":"bour off"})"), Strings());
  EXPECT_EQ(passing(R"({"spaces":[")" + space.str() + R"("]})"), Strings());
  ASSERT_TRUE(set_state(alice, space, "m.space.child", {{"via", json::Array{"example.org"}}}, secret.str()));
  EXPECT_EQ(passing(R"({"spaces":[")" + space.str() + R"("]})"), Strings{secret.str()});
  EXPECT_EQ(passing(R"({"spaces":["!unknown:example.org"]})"), Strings());
}

TEST_F(SlidingLists, FiltersByWhatTheUserSaysOfRooms) {
  const RoomId talk = make_room(alice);
  const RoomId work = make_room(alice);
  set_account_data(alice, RoomId(), "m.direct", {{"@bob:example.org", json::Array{talk.str()}}});
  set_account_data(alice, work, "m.tag", parse(R"({"tags":{"m.favourite":{}}})"));
  EXPECT_EQ(passing(R"({"is_dm":true})"), Strings{talk.str()});
  EXPECT_EQ(passing(R"({"is_dm":false})"), Strings{work.str()});
  EXPECT_EQ(passing(R"({"tags":["m.favourite","u.other"]})"), Strings{work.str()});
  EXPECT_EQ(passing(R"({"not_tags":["m.favourite"]})"), Strings{talk.str()});
  EXPECT_EQ(passing(R"({"tags":["m.favourite"],"not_tags":["m.favourite"]})"), Strings());
}

TEST_F(SlidingLists, AFilterFollowsTheTagsOfALivingConnection) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, filtered(R"({"tags":["m.favourite"]})"));
  EXPECT_EQ(window(slide(phone), "all"), Strings());
  set_account_data(alice, room, "m.tag", parse(R"({"tags":{"m.favourite":{}}})"));
  const json::Object shown = slide(phone);
  EXPECT_EQ(window(shown, "all"), Strings{room.str()});
  EXPECT_TRUE(flag(room_of(shown, room), "initial"));
}

TEST_F(SlidingLists, ADirectChatIsMarkedAndUnmarked) {
  const RoomId room = make_room(alice);
  Slider phone = slider(alice, kFirstTwo);
  EXPECT_EQ(json::find(*room_of(slide(phone), room), "is_dm"), nullptr);
  set_account_data(alice, RoomId(), "m.direct", {{"@bob:example.org", json::Array{room.str()}}});
  EXPECT_TRUE(flag(room_of(slide(phone), room), "is_dm"));
  EXPECT_EQ(room_count(slide(phone)), 0U);
  set_account_data(alice, RoomId(), "m.direct", {});
  const json::Object after = slide(phone);
  ASSERT_NE(room_of(after, room), nullptr);
  EXPECT_FALSE(json::bool_or(*room_of(after, room), "is_dm", true));
}

TEST_F(SlidingLists, InvitationsHaveAPlaceAndAFilter) {
  const RoomId room = make_room(bob);
  const RoomId own = make_room(alice);
  ASSERT_TRUE(invite(bob, room, alice));
  EXPECT_EQ(passing("{}"), (Strings{room.str(), own.str()}));
  EXPECT_EQ(passing(R"({"is_invite":true})"), Strings{room.str()});
  EXPECT_EQ(passing(R"({"is_invited":false})"), Strings{own.str()});
}

TEST_F(SlidingLists, ASubscriptionShowsARoomBeyondTheWindow) {
  const RoomId old = make_room(alice);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(alice, old, std::to_string(i)));
  make_room(alice);
  make_room(alice);
  const RoomId foreign = make_room(bob);
  const std::string body =
      R"({"lists":{"all":{"ranges":[[0,1]],"timeline_limit":1}},"room_subscriptions":{")" + old.str() +
      R"(":{"timeline_limit":3,"required_state":[["m.room.create",""]]},")" + foreign.str() +
      R"(":{"timeline_limit":3,"required_state":[["*","*"]]}}})";
  Slider phone = slider(alice, body);
  const json::Object response = slide(phone);
  EXPECT_EQ(timeline(response, old), (Strings{"0", "1", "2"}));
  EXPECT_EQ(state(response, old), Strings{"m.room.create"});
  EXPECT_EQ(json::find(*room_of(response, old), "lists"), nullptr);
  EXPECT_EQ(room_of(response, foreign), nullptr) << "nobody looks into a room that they are not in";
  ASSERT_TRUE(send(alice, old, "3"));
  EXPECT_EQ(timeline(slide(phone), old), Strings{"3"});
}

TEST_F(SlidingLists, ASubscriptionAndAListAskTogether) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Slider phone = slider(alice, R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":1,"required_state":
                        [["m.room.create",""]]}},"room_subscriptions":{")" +
                                   room.str() +
                                   R"(":{"timeline_limit":3,"required_state":[["m.room.member","$ME"]]}}})");
  const json::Object response = slide(phone);
  EXPECT_EQ(timeline(response, room).size(), 3U);
  EXPECT_EQ(state(response, room), (Strings{"m.room.create", "m.room.member:" + alice.str()}));
  EXPECT_EQ(json::array_at(*room_of(response, room), "lists")->size(), 1U);
}

}  // namespace
}  // namespace kuramori::sync::testing
