// Connections of sliding sync: positions, lost answers, waiting, bounds, restarts.
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kAll =
    R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":5,"required_state":[["m.room.topic",""]]}}})";

class SlidingConnectionTest : public SlidingTest {
 protected:
  SlidingConnectionTest() { room = make_room(alice); }
  std::string refusal(const Slider& slider) {
    const auto answer = try_slide(slider);
    return answer ? "answered" : std::string(answer.error().reason());
  }
  RoomId room;
};

TEST_F(SlidingConnectionTest, ALostAnswerIsGivenAgain) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  ASSERT_TRUE(send(alice, room, "one"));
  const json::Object lost = peek(phone);
  const json::Object again = peek(phone);
  EXPECT_EQ(timeline(lost, room), Strings{"one"});
  EXPECT_EQ(timeline(again, room), Strings{"one"});
  ASSERT_TRUE(send(alice, room, "two"));
  EXPECT_EQ(timeline(slide(phone), room), (Strings{"one", "two"}));
  EXPECT_EQ(room_count(slide(phone)), 0U);
}

TEST_F(SlidingConnectionTest, ALostFirstAnswerIsGivenAgain) {
  Slider phone = slider(alice, kAll);
  peek(phone);
  EXPECT_TRUE(flag(room_of(slide(phone), room), "initial"));
}

TEST_F(SlidingConnectionTest, AnAcknowledgedPositionIsPast) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  Slider old = phone;
  slide(phone);
  slide(phone);
  EXPECT_EQ(refusal(old), "M_UNKNOWN_POS");
  EXPECT_EQ(refusal(phone), "answered") << "the connection goes on";
}

TEST_F(SlidingConnectionTest, ForeignAndInventedPositionsAreUnknown) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  Slider other = slider(alice, kAll, "OTHER");
  other.pos = phone.pos;
  EXPECT_EQ(refusal(other), "M_UNKNOWN_POS");
  Slider bobs = slider(bob, kAll);
  bobs.pos = phone.pos;
  EXPECT_EQ(refusal(bobs), "M_UNKNOWN_POS");
  Slider named = phone;
  named.body["conn_id"] = "encryption";
  EXPECT_EQ(refusal(named), "M_UNKNOWN_POS");
  for (const std::string pos : {"x", ".1", "0", "s5", "abc.-1", "abc.1x", "abc.99999999999999999999"}) {
    phone.pos = pos;
    EXPECT_EQ(refusal(phone), "M_UNKNOWN_POS") << pos;
  }
}

TEST_F(SlidingConnectionTest, ConnectionsOfOneDeviceAreApart) {
  Slider list = slider(alice, kAll);
  Slider keys = slider(alice, R"({"conn_id":"encryption","extensions":{"to_device":{"enabled":true}}})");
  slide(list);
  slide(keys);
  ASSERT_TRUE(send(alice, room, "one"));
  EXPECT_EQ(room_count(slide(keys)), 0U);
  EXPECT_EQ(timeline(slide(list), room), Strings{"one"});
}

TEST_F(SlidingConnectionTest, ARequestWithoutAPositionBeginsAnew) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  const Slider old = phone;
  phone.pos.clear();
  EXPECT_TRUE(flag(room_of(slide(phone), room), "initial"));
  EXPECT_EQ(refusal(old), "M_UNKNOWN_POS");
}

TEST_F(SlidingConnectionTest, ARestartForgetsPositionsAndANewConnectionWorks) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  ASSERT_TRUE(send(alice, room, "before"));
  restart_sliding();
  EXPECT_EQ(refusal(phone), "M_UNKNOWN_POS");
  phone.pos.clear();
  const json::Object first = slide(phone);
  EXPECT_TRUE(flag(room_of(first, room), "initial"));
  EXPECT_EQ(timeline(first, room).back(), "before");
  ASSERT_TRUE(send(alice, room, "after"));
  EXPECT_EQ(timeline(slide(phone), room), Strings{"after"});
}

TEST_F(SlidingConnectionTest, ItWaitsForSomethingToTell) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  const auto parked = park_slider(phone, Milliseconds(5'000));
  EXPECT_FALSE(parked->is_done());
  const RoomId foreign = make_room(bob);
  ASSERT_TRUE(send(bob, foreign, "elsewhere"));
  executor.run_until_idle();
  EXPECT_FALSE(parked->is_done());
  ASSERT_TRUE(send(alice, room, "here"));
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_EQ(timeline(parked->body(), room), Strings{"here"});
}

TEST_F(SlidingConnectionTest, ATimeoutAnswersWithAPositionAndTheCounts) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  const auto parked = park_slider(phone, Milliseconds(5'000));
  advance(Milliseconds(5'000));
  ASSERT_TRUE(parked->is_done());
  const json::Object body = parked->body();
  EXPECT_EQ(room_count(body), 0U);
  EXPECT_EQ(number_of(&body, {"lists", "all", "count"}), 1);
  phone.pos = text_of(body, {"pos"});
  ASSERT_TRUE(send(alice, room, "later"));
  EXPECT_EQ(timeline(slide(phone), room), Strings{"later"});
}

TEST_F(SlidingConnectionTest, AskingAgainWhileWaitingFreesTheOldRequest) {
  Slider phone = slider(alice, kAll);
  slide(phone);
  const auto abandoned = park_slider(phone);
  const auto current = park_slider(phone);
  executor.run_until_idle();
  ASSERT_TRUE(abandoned->is_done());
  EXPECT_EQ(room_count(abandoned->body()), 0U);
  EXPECT_FALSE(current->is_done());
  ASSERT_TRUE(send(alice, room, "here"));
  executor.run_until_idle();
  ASSERT_TRUE(current->is_done());
  EXPECT_EQ(timeline(current->body(), room), Strings{"here"});
}

TEST_F(SlidingConnectionTest, TheTransactionOfARequestComesBack) {
  Slider phone = slider(alice, kAll);
  phone.body["txn_id"] = "m1";
  EXPECT_EQ(text_of(slide(phone), {"txn_id"}), "m1");
  phone.body.erase("txn_id");
  EXPECT_EQ(at(slide(phone), {"txn_id"}), nullptr);
}

TEST_F(SlidingConnectionTest, ADeviceHasSoManyConnectionsAndThoseUnusedLongestGoFirst) {
  begin({.per_session_max = 2, .connections_max = 100, .rooms_max = 1000});
  const auto named = [&](const std::string& name) {
    return slider(alice, R"({"conn_id":")" + name + R"(","lists":{"all":{"ranges":[[0,9]]}}})");
  };
  Slider first = named("first");
  Slider second = named("second");
  Slider third = named("third");
  slide(first);
  slide(second);
  slide(first);
  slide(third);
  EXPECT_EQ(refusal(second), "M_UNKNOWN_POS");
  EXPECT_EQ(refusal(first), "answered");
  EXPECT_EQ(sliding->connections().size(), 2U);
}

TEST_F(SlidingConnectionTest, RoomsRememberedByAllAreBounded) {
  for (int i = 0; i < 4; ++i) make_room(alice);
  begin({.per_session_max = 8, .connections_max = 100, .rooms_max = 6});
  Slider phone = slider(alice, kAll, "PHONE");
  Slider tablet = slider(alice, kAll, "TABLET");
  slide(phone);
  slide(phone);  // acknowledged: five rooms are remembered
  slide(tablet);
  slide(tablet);
  EXPECT_EQ(refusal(phone), "M_UNKNOWN_POS");
  EXPECT_EQ(refusal(tablet), "answered");
}

}  // namespace
}  // namespace kuramori::sync::testing
