// Lazy-loading of members (client-server API, "Lazy-loading room members").
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Members = std::set<std::string>;

class LazyLoading : public SyncTest {
 protected:
  static constexpr std::string_view kLazy =
      R"({"room":{"state":{"lazy_load_members":true},"timeline":{"limit":2}}})";

  Members members(const json::Object& response, const RoomId& room) {
    Members list;
    for (const json::Object& event : events_in(room_in(response, "join", room), "state")) {
      if (text_of(event, {"type"}) == "m.room.member") list.insert(text_of(event, {"state_key"}));
    }
    return list;
  }
  // A room with a name (so without heroes) of alice, bob, carol and many more.
  RoomId crowd() {
    rooms::CreateRoom request;
    request.preset = rooms::Preset::PublicChat;
    request.name = "Crowd";
    const RoomId room = make_room(alice, std::move(request));
    for (const UserId& who : {bob, carol}) EXPECT_TRUE(join(who, room));
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(join(user("member" + std::to_string(i)), room));
    return room;
  }
};

TEST_F(LazyLoading, SendersAndTheReaderAlone) {
  const RoomId room = crowd();
  ASSERT_TRUE(send(bob, room, "1"));
  ASSERT_TRUE(send(bob, room, "2"));
  Client phone = client_with(carol, kLazy);
  EXPECT_EQ(members(sync(phone), room), (Members{bob.str(), carol.str()}));
}

TEST_F(LazyLoading, HeroesAreIncluded) {
  const RoomId room = public_room(alice);
  for (const UserId& who : {bob, carol}) ASSERT_TRUE(join(who, room));
  ASSERT_TRUE(send(alice, room, "1"));
  ASSERT_TRUE(send(alice, room, "2"));
  Client phone = client_with(alice, kLazy);
  EXPECT_EQ(members(sync(phone), room), (Members{alice.str(), bob.str(), carol.str()}));
}

TEST_F(LazyLoading, HeroesOfARoomThatLosesItsNameAreIncluded) {
  rooms::CreateRoom request;
  request.preset = rooms::Preset::PublicChat;
  request.name = "Three";
  const RoomId room = make_room(alice, std::move(request));
  for (const UserId& who : {bob, carol}) ASSERT_TRUE(join(who, room));
  for (const char* body : {"1", "2"}) ASSERT_TRUE(send(alice, room, body));
  Client phone = client_with(alice, kLazy);
  EXPECT_EQ(members(sync(phone), room), Members{alice.str()});
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", ""}}));
  EXPECT_EQ(members(sync(phone), room), (Members{bob.str(), carol.str()}));
}

TEST_F(LazyLoading, WhomTheClientKnowsIsNotRepeated) {
  const RoomId room = crowd();
  ASSERT_TRUE(send(bob, room, "1"));
  Client phone = client_with(carol, kLazy);
  sync(phone);
  ASSERT_TRUE(send(bob, room, "2"));
  EXPECT_EQ(members(sync(phone), room), Members{});
  ASSERT_TRUE(send(alice, room, "3"));
  EXPECT_EQ(members(sync(phone), room), Members{alice.str()});
}

TEST_F(LazyLoading, RedundantMembersOnDemand) {
  const RoomId room = crowd();
  ASSERT_TRUE(send(bob, room, "1"));
  Client phone =
      client_with(carol, R"({"room":{"state":{"lazy_load_members":true,"include_redundant_members":true}}})");
  sync(phone);
  ASSERT_TRUE(send(bob, room, "2"));
  EXPECT_EQ(members(sync(phone), room), Members{bob.str()});
}

TEST_F(LazyLoading, WhoeverChangedInAGapIsIncluded) {
  const RoomId room = crowd();
  Client phone = client_with(carol, kLazy);
  sync(phone);
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(join(user("late"), room));
  for (const char* body : {"1", "2", "3"}) ASSERT_TRUE(send(alice, room, body));
  EXPECT_EQ(members(sync(phone), room), (Members{alice.str(), bob.str(), user("late").str()}));
}

// Also those whom the client was told of before: what it knows of them is old.
TEST_F(LazyLoading, AChangedProfileInAGapIsToldAlthoughTheClientKnowsTheMember) {
  const RoomId room = crowd();
  for (const char* body : {"1", "2"}) ASSERT_TRUE(send(bob, room, body));
  Client phone = client_with(carol, kLazy);
  EXPECT_EQ(members(sync(phone), room), (Members{bob.str(), carol.str()}));
  ASSERT_TRUE(
      set_state(bob, room, "m.room.member", {{"membership", "join"}, {"displayname", "Bobby"}}, bob.str()));
  for (const char* body : {"3", "4", "5"}) ASSERT_TRUE(send(bob, room, body));
  const json::Object response = sync(phone);
  EXPECT_EQ(members(response, room), Members{bob.str()});
  const auto state = events_in(room_in(response, "join", room), "state");
  EXPECT_EQ(text_of(state.front(), {"content", "displayname"}), "Bobby");
}

TEST_F(LazyLoading, ALostResponseIsRepeated) {
  const RoomId room = crowd();
  Client phone = client_with(carol, kLazy);
  sync(phone);
  ASSERT_TRUE(send(bob, room, "1"));
  Client lost = phone;
  EXPECT_EQ(members(sync(lost), room), Members{bob.str()});
  // The client never got it and asks again.
  EXPECT_EQ(members(sync(phone), room), Members{bob.str()});
}

TEST_F(LazyLoading, ADeviceThatBeginsAnewKnowsNobody) {
  const RoomId room = crowd();
  ASSERT_TRUE(send(bob, room, "1"));
  Client phone = client_with(carol, kLazy);
  sync(phone);
  phone.since.reset();
  EXPECT_TRUE(members(sync(phone), room).contains(bob.str()));
}

TEST_F(LazyLoading, TheReaderIsIncludedInARoomJustJoined) {
  const RoomId room = crowd();
  const UserId late = user("late");
  Client phone = client_with(late, kLazy);
  sync(phone);
  ASSERT_TRUE(join(late, room));
  for (const char* body : {"1", "2", "3"}) ASSERT_TRUE(send(alice, room, body));
  EXPECT_EQ(members(sync(phone), room), (Members{alice.str(), late.str()}));
}

TEST_F(LazyLoading, WithoutItAllMembersCome) {
  const RoomId room = crowd();
  for (const char* body : {"1", "2", "3"}) ASSERT_TRUE(send(alice, room, body));
  Client phone = client_with(carol, R"({"room":{"timeline":{"limit":2}}})");
  EXPECT_EQ(members(sync(phone), room).size(), 11U);
}

TEST(LazyMembersTest, KnownFromTheResponseOnThatCarriedIt) {
  LazyMembers members;
  const SessionId session("s");
  const RoomId room("!r");
  const UserId bob("@bob:example.org");
  const LazyMembers::Place place{session, room};
  EXPECT_FALSE(members.knows(place, bob, {10}));
  members.sent(place, bob, {10});
  EXPECT_TRUE(members.knows(place, bob, {10}));
  EXPECT_FALSE(members.knows(place, bob, {9}));
  const SessionId other("t");
  EXPECT_FALSE(members.knows({other, room}, bob, {10}));
  members.forget(place, {20});
  EXPECT_FALSE(members.knows(place, bob, {30}));
  members.sent(place, bob, {20});
  EXPECT_TRUE(members.knows(place, bob, {20}));
}

}  // namespace
}  // namespace kuramori::sync::testing
