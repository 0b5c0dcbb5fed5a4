// What a sliding sync tells when people are invited, knock, come, go, and come again.
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kAllWithMembers =
    R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":5,"required_state":[["m.room.member","$ME"],["m.room.create",""]]}}})";

class SlidingMembership : public SlidingTest {
 protected:
  static std::string membership(const json::Object& response, const RoomId& room) {
    const json::Object* found = room_of(response, room);
    return found == nullptr ? "untold" : text_of(*found, {"membership"});
  }
  RoomId room_of_bob(rooms::Preset preset = rooms::Preset::PrivateChat) {
    rooms::CreateRoom request;
    request.preset = preset;
    request.name = "Harbour";
    return make_room(bob, std::move(request));
  }
};

TEST_F(SlidingMembership, AnInvitationShowsItsStrippedStateOnce) {
  const RoomId room = room_of_bob();
  ASSERT_TRUE(send(bob, room, "not for strangers"));
  Slider phone = slider(alice, kAllWithMembers);
  EXPECT_EQ(membership(slide(phone), room), "untold");
  ASSERT_TRUE(invite(bob, room, alice));
  const json::Object invited = slide(phone);
  EXPECT_EQ(membership(invited, room), "invite");
  EXPECT_TRUE(flag(room_of(invited, room), "initial"));
  const Strings stripped = brief(list_of(room_of(invited, room), "invite_state"));
  EXPECT_EQ(std::ranges::count(stripped, "m.room.name"), 1);
  EXPECT_EQ(std::ranges::count(stripped, "m.room.member:" + alice.str()), 1);
  EXPECT_EQ(std::ranges::count(stripped, "not for strangers"), 0);
  EXPECT_EQ(json::find(*room_of(invited, room), "timeline"), nullptr);
  EXPECT_EQ(json::find(*room_of(invited, room), "required_state"), nullptr);
  for (const json::Object& event : list_of(room_of(invited, room), "invite_state")) {
    EXPECT_EQ(json::find(event, "event_id"), nullptr) << "stripped";
  }
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingMembership, AcceptingShowsTheRoom) {
  const RoomId room = room_of_bob();
  ASSERT_TRUE(invite(bob, room, alice));
  Slider phone = slider(alice, kAllWithMembers);
  EXPECT_EQ(membership(slide(phone), room), "invite");
  ASSERT_TRUE(join(alice, room));
  const json::Object joined = slide(phone);
  EXPECT_EQ(membership(joined, room), "join");
  EXPECT_TRUE(flag(room_of(joined, room), "initial"));
  EXPECT_EQ(state(joined, room), (Strings{"m.room.create", "m.room.member:" + alice.str()}));
}

TEST_F(SlidingMembership, DecliningEndsTheInvitation) {
  const RoomId room = room_of_bob();
  ASSERT_TRUE(send(bob, room, "not for strangers"));
  ASSERT_TRUE(invite(bob, room, alice));
  Slider phone = slider(alice, kAllWithMembers);
  slide(phone);
  ASSERT_TRUE(leave(alice, room));
  const json::Object gone = slide(phone);
  EXPECT_EQ(membership(gone, room), "leave");
  EXPECT_EQ(state(gone, room), Strings{"m.room.member:" + alice.str()});
  EXPECT_EQ(timeline(gone, room), Strings{"m.room.member:" + alice.str()});
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingMembership, AKnockIsListedWithStrippedState) {
  const RoomId room = room_of_bob();
  ASSERT_TRUE(set_state(bob, room, "m.room.join_rules", {{"join_rule", "knock"}}));
  ASSERT_TRUE(knock(alice, room));
  Slider phone = slider(alice, kAllWithMembers);
  const json::Object knocked = slide(phone);
  EXPECT_EQ(membership(knocked, room), "knock");
  EXPECT_FALSE(list_of(room_of(knocked, room), "invite_state").empty());
  Slider tablet = slider(alice, kAllWithMembers, "TABLET");
  tablet.form = SlidingForm::Final;
  EXPECT_FALSE(list_of(room_of(slide(tablet), room), "stripped_state").empty());
  ASSERT_TRUE(invite(bob, room, alice));
  EXPECT_EQ(membership(slide(phone), room), "invite");
}

TEST_F(SlidingMembership, LeavingIsToldOnceWithWhatWasSaidBefore) {
  const RoomId room = room_of_bob(rooms::Preset::PublicChat);
  ASSERT_TRUE(join(alice, room));
  Slider phone = slider(alice, kAllWithMembers);
  slide(phone);
  ASSERT_TRUE(send(bob, room, "goodbye"));
  ASSERT_TRUE(leave(alice, room));
  ASSERT_TRUE(send(bob, room, "she is gone"));
  const json::Object gone = slide(phone);
  EXPECT_EQ(membership(gone, room), "leave");
  EXPECT_EQ(timeline(gone, room), (Strings{"goodbye", "m.room.member:" + alice.str()}));
  EXPECT_EQ(number_of(&gone, {"lists", "all", "count"}), 0);
  ASSERT_TRUE(send(bob, room, "still talking"));
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingMembership, AKickAndABanAreToldToo) {
  const RoomId room = room_of_bob(rooms::Preset::PublicChat);
  ASSERT_TRUE(join(alice, room));
  Slider phone = slider(alice, kAllWithMembers);
  slide(phone);
  ASSERT_TRUE(kick(bob, room, alice));
  EXPECT_EQ(membership(slide(phone), room), "leave");
  ASSERT_TRUE(join(alice, room));
  EXPECT_TRUE(flag(room_of(slide(phone), room), "initial"));
  ASSERT_TRUE(ban(bob, room, alice));
  const json::Object banned = slide(phone);
  EXPECT_EQ(membership(banned, room), "ban");
  EXPECT_EQ(state(banned, room), Strings{"m.room.member:" + alice.str()});
}

TEST_F(SlidingMembership, LeavingAndComingBackBetweenTwoAnswersBeginsTheRoomAnew) {
  const RoomId room = room_of_bob(rooms::Preset::PublicChat);
  ASSERT_TRUE(join(alice, room));
  Slider phone = slider(alice, kAllWithMembers);
  slide(phone);
  ASSERT_TRUE(leave(alice, room));
  ASSERT_TRUE(join(alice, room));
  const json::Object again = slide(phone);
  EXPECT_EQ(membership(again, room), "join");
  EXPECT_TRUE(flag(room_of(again, room), "initial"));
}

TEST_F(SlidingMembership, AChangedProfileIsNoNewArrival) {
  const RoomId room = room_of_bob(rooms::Preset::PublicChat);
  ASSERT_TRUE(join(alice, room));
  Slider phone = slider(alice, kAllWithMembers);
  slide(phone);
  ASSERT_TRUE(
      set_state(alice, room, "m.room.member", {{"membership", "join"}, {"displayname", "A"}}, alice.str()));
  const json::Object renamed = slide(phone);
  EXPECT_FALSE(flag(room_of(renamed, room), "initial"));
  EXPECT_EQ(state(renamed, room), Strings{"m.room.member:" + alice.str()});
}

TEST_F(SlidingMembership, RoomsLeftBeforeTheConnectionBeganAreNotTold) {
  const RoomId room = room_of_bob(rooms::Preset::PublicChat);
  ASSERT_TRUE(join(alice, room));
  ASSERT_TRUE(leave(alice, room));
  Slider phone = slider(alice, kAllWithMembers);
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingMembership, ARoomWithoutASubscriptionGoesQuietUntilItIsAskedForAgain) {
  const RoomId room = room_of_bob(rooms::Preset::PublicChat);
  ASSERT_TRUE(join(alice, room));
  const std::string subscribed = R"({"room_subscriptions":{")" + room.str() + R"(":{"timeline_limit":5}}})";
  Slider phone = slider(alice, subscribed);
  EXPECT_EQ(room_count(slide(phone)), 1U);
  phone.body = {};
  ASSERT_TRUE(send(bob, room, "unseen"));
  EXPECT_EQ(room_count(slide(phone)), 0U);
  phone.body = parse(subscribed);
  const json::Object again = slide(phone);
  EXPECT_EQ(timeline(again, room), Strings{"unseen"});
  EXPECT_FALSE(flag(room_of(again, room), "initial"));
}

TEST_F(SlidingMembership, AnIgnoredInviterIsNotShown) {
  set_account_data(alice, RoomId(), "m.ignored_user_list",
                   parse(R"({"ignored_users":{"@bob:example.org":{}}})"));
  const RoomId room = room_of_bob();
  const auto invited = invite(bob, room, alice);
  Slider phone = slider(alice, kAllWithMembers);
  EXPECT_EQ(room_of(slide(phone), room), nullptr);
}

}  // namespace
}  // namespace kuramori::sync::testing
