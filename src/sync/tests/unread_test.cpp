// Unread counts (client-server API, "Receiving notifications"; module receipts, "Threaded read receipts").
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

class Unread : public SyncTest {
 protected:
  Unread() {
    room = public_room(alice);
    for (const UserId& who : {bob, carol}) EXPECT_TRUE(join(who, room));
    phone = client(bob);
    sync(phone);
  }
  EventId say(const UserId& who, std::string_view body) {
    auto sent = send(who, room, body);
    EXPECT_TRUE(sent);
    return sent ? *sent : EventId();
  }
  EventId say_in_thread(const UserId& who, const EventId& root, std::string_view body) {
    json::Object content = text_message(body);
    content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", root.view()}};
    auto sent = send_content(who, room, std::move(content));
    EXPECT_TRUE(sent);
    return sent ? *sent : EventId();
  }
  static std::int64_t notifications(const json::Object* part) {
    return number_of(part, {"unread_notifications", "notification_count"});
  }
  static std::int64_t highlights(const json::Object* part) {
    return number_of(part, {"unread_notifications", "highlight_count"});
  }
  std::int64_t count() {
    response = sync(phone);
    return notifications(room_in(response, "join", room));
  }

  RoomId room;
  Client phone;
  json::Object response;
};

TEST_F(Unread, CountsArriveWithTheirEvent) {
  say(alice, "one");
  EXPECT_EQ(count(), 1);
  say(alice, "two");
  say(carol, "three");
  EXPECT_EQ(count(), 3);
  EXPECT_EQ(highlights(room_in(response, "join", room)), 0);
}

TEST_F(Unread, AWaitingRequestIsAnsweredWithEventAndCount) {
  const auto parked = park(phone);
  ASSERT_FALSE(parked->is_done());
  say(alice, "one");
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  const json::Object body = parked->body();
  EXPECT_EQ(events_in(room_in(body, "join", room), "timeline").size(), 1U);
  EXPECT_EQ(notifications(room_in(body, "join", room)), 1);
}

TEST_F(Unread, AReceiptTakesWhatItCovers) {
  const EventId first = say(alice, "one");
  say(alice, "two");
  ASSERT_TRUE(receipt(bob, room, first));
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(receipt(bob, room, say(alice, "three")));
  EXPECT_EQ(count(), 0);
}

TEST_F(Unread, APrivateReceiptDoesTheSame) {
  const EventId last = say(alice, "one");
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(receipt(bob, room, last, "m.read.private"));
  EXPECT_EQ(count(), 0);
}

TEST_F(Unread, TheMoreAdvancedReceiptCounts) {
  const EventId first = say(alice, "one");
  const EventId second = say(alice, "two");
  ASSERT_TRUE(receipt(bob, room, second, "m.read.private"));
  EXPECT_EQ(count(), 0);
  ASSERT_TRUE(receipt(bob, room, first, "m.read"));
  EXPECT_EQ(count(), 0);
}

TEST_F(Unread, SomebodyElsesReceiptChangesNothing) {
  const EventId last = say(alice, "one");
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(receipt(carol, room, last));
  EXPECT_EQ(count(), 1);
}

TEST_F(Unread, WhoWritesHasRead) {
  say(alice, "one");
  EXPECT_EQ(count(), 1);
  say(bob, "answer");
  EXPECT_EQ(count(), 0);
}

TEST_F(Unread, OwnEventsDoNotCount) {
  say(bob, "talking to myself");
  EXPECT_EQ(count(), 0);
}

TEST_F(Unread, AMentionHighlights) {
  json::Object content = text_message("hello");
  content["m.mentions"] = {{"user_ids", {bob.view()}}};
  ASSERT_TRUE(send_content(alice, room, std::move(content)));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(highlights(room_in(response, "join", room)), 1);
}

TEST_F(Unread, WhatWasBeforeJoiningDoesNotCount) {
  for (int i = 0; i < 5; ++i) say(alice, "old");
  const UserId late = user("late");
  Client other = client(late);
  sync(other);
  ASSERT_TRUE(join(late, room));
  EXPECT_EQ(notifications(room_in(sync(other), "join", room)), 0);
  say(alice, "new");
  EXPECT_EQ(notifications(room_in(sync(other), "join", room)), 1);
}

TEST_F(Unread, TheSameAfterARestart) {
  say(alice, "one");
  const EventId second = say(alice, "two");
  say(alice, "three");
  ASSERT_TRUE(receipt(bob, room, second));
  EXPECT_EQ(count(), 1);
  restart();
  say(alice, "four");
  EXPECT_EQ(count(), 2);
  for (int i = 0; i < 200; ++i) say(carol, "more");
  restart();
  say(alice, "last");
  EXPECT_EQ(count(), 203);
}

TEST_F(Unread, AfterARestartTheNewestCount) {
  for (std::size_t i = 0; i < RoomFeed::kTailEventsMax + 10; ++i) say(alice, "more");
  restart();
  EXPECT_EQ(count(), static_cast<std::int64_t>(RoomFeed::kTailEventsMax));
}

TEST_F(Unread, AfterARestartJoiningStillCounts) {
  for (int i = 0; i < 40; ++i) say(alice, "old");
  const UserId late = user("late");
  ASSERT_TRUE(join(late, room));
  for (int i = 0; i < 30; ++i) say(alice, "new");
  restart();
  Client other = client(late);
  EXPECT_EQ(notifications(room_in(sync(other), "join", room)), 30);
}

TEST_F(Unread, EachThreadCountsForItselfOnDemand) {
  phone.filter = filter_of(R"({"room":{"timeline":{"unread_thread_notifications":true}}})");
  const EventId root = say(alice, "root");
  const EventId reply = say_in_thread(alice, root, "reply");
  say_in_thread(alice, root, "another");
  EXPECT_EQ(count(), 1);
  const json::Object* part = room_in(response, "join", room);
  EXPECT_EQ(number_of(part, {"unread_thread_notifications", root.view(), "notification_count"}), 2);
  ASSERT_TRUE(receipt(bob, room, reply, "m.read", root.str()));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(number_of(room_in(response, "join", room),
                      {"unread_thread_notifications", root.view(), "notification_count"}),
            1);
  ASSERT_TRUE(receipt(bob, room, root, "m.read", "main"));
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(number_of(room_in(response, "join", room),
                      {"unread_thread_notifications", root.view(), "notification_count"}),
            1);
}

TEST_F(Unread, WithoutDemandThreadsAreInTheTotal) {
  const EventId root = say(alice, "root");
  say_in_thread(alice, root, "reply");
  EXPECT_EQ(count(), 2);
  EXPECT_EQ(at(*room_in(response, "join", room), {"unread_thread_notifications"}), nullptr);
}

TEST_F(Unread, AReceiptOfAThreadMustPointIntoIt) {
  const EventId root = say(alice, "root");
  const EventId other = say(alice, "other");
  const EventId reply = say_in_thread(alice, root, "reply");
  const auto refused = [&](const EventId& event, const std::string& thread) {
    const auto set = receipt(bob, room, event, "m.read", thread);
    return !set && set.error().reason() == "M_INVALID_PARAM";
  };
  EXPECT_TRUE(refused(reply, "main"));
  EXPECT_TRUE(refused(other, root.str()));
  EXPECT_TRUE(refused(reply, other.str()));
  EXPECT_TRUE(receipt(bob, room, reply, "m.read", root.str()));
  EXPECT_TRUE(receipt(bob, room, other, "m.read", "main"));
}

TEST_F(Unread, AReplyToAThreadedEventIsInTheThread) {
  phone.filter = filter_of(R"({"room":{"timeline":{"unread_thread_notifications":true}}})");
  const EventId root = say(alice, "root");
  const EventId reply = say_in_thread(alice, root, "reply");
  json::Object content = text_message("reference");
  content["m.relates_to"] = {{"rel_type", "m.reference"}, {"event_id", reply.view()}};
  ASSERT_TRUE(send_content(alice, room, std::move(content)));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(number_of(room_in(response, "join", room),
                      {"unread_thread_notifications", root.view(), "notification_count"}),
            2);
}

TEST_F(Unread, CountsComeAlsoWhenTheFilterHidesTheirEvents) {
  phone.filter = filter_of(
      R"({"room":{"timeline":{"not_types":["m.room.message"]},"ephemeral":{"not_types":["m.receipt"]}}})");
  const EventId last = say(alice, "one");
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(receipt(bob, room, last));
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(count(), -1) << "nothing new, nothing said";
}

TEST_F(Unread, PushRulesDecide) {
  sync::RuleChange mute = [this](const matrix::PushRuleSet& rules) {
    return rules.put("room", room.view(), {{"actions", json::Array()}}, {});
  };
  ASSERT_TRUE(
      run(services->push_rules.change(permit(bob, gate::Operation::PushRulesSet), bob, std::move(mute))));
  say(alice, "unheard");
  EXPECT_EQ(count(), 0);
}

TEST(UnreadStateTest, StepsCountOnce) {
  UnreadState unread;
  const std::vector<UnreadStep> steps{
      {.kind = UnreadStep::Kind::Counts, .position = {5}, .thread = "", .notifies = true},
      {.kind = UnreadStep::Kind::Counts,
       .position = {6},
       .thread = "$t",
       .notifies = true,
       .highlights = true}};
  unread.add(steps, {6});
  unread.add(steps, {6});
  EXPECT_EQ(unread.summary().total.notifications, 2);
  EXPECT_EQ(unread.summary().main.notifications, 1);
  EXPECT_EQ(unread.summary().threads.at("$t").highlights, 1);
  EXPECT_EQ(unread.changed().value, 6);
  unread.add({{.kind = UnreadStep::Kind::Reads, .position = {7}, .thread = "$t"}}, {7});
  EXPECT_EQ(unread.summary().total.notifications, 1);
  unread.add({{.kind = UnreadStep::Kind::Joins, .position = {8}}}, {8});
  EXPECT_EQ(unread.summary().total.notifications, 0);
  EXPECT_EQ(unread.changed().value, 8);
}

}  // namespace
}  // namespace kuramori::sync::testing
