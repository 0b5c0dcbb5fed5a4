#include "rooms/delayed_events.hpp"

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

class AuthorsDirectory final : public Authors {
 public:
  runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) override {
    if (gone.contains(user)) co_return forbidden("The account may not send any more.");
    gate::Subject subject;
    subject.user = std::move(user);
    subject.device = std::move(device);
    co_return subject;
  }
  std::set<UserId> gone;
};

class DelayedEventsTest : public RoomsTest {
 protected:
  DelayedEventsTest() { begin(); }

  void begin(DelayedEvents::Options options = {}) {
    if (delayed) retired.push_back(std::move(delayed));  // the store still tells it
    delayed = std::make_unique<DelayedEvents>(DelayedEvents::Ports{.rooms = rooms(),
                                                                   .store = store,
                                                                   .keys = *server->keys,
                                                                   .gate = server->gate,
                                                                   .authors = authors,
                                                                   .clock = clock,
                                                                   .random = random,
                                                                   .metrics = server->metrics,
                                                                   .log = Logger::silent()},
                                              options);
    store.add_listener(*delayed);
  }
  // The process dies and comes back over the same store.
  void crash() {
    start();
    begin();
  }
  Result<std::string> schedule(const UserId& who, ScheduleEvent event, std::int64_t delay_ms = 10'000) {
    event.delay = Milliseconds(delay_ms);
    return run(delayed->schedule(permit(who, gate::Operation::DelayedEventSet), std::move(event)));
  }
  ScheduleEvent message(std::string_view body, std::optional<std::string> transaction = std::nullopt) {
    ScheduleEvent event{.room = room, .type = "m.room.message", .content = text_message(body)};
    if (transaction) event.transaction = Transaction{.scope = "send", .id = TransactionId(*transaction)};
    return event;
  }
  ScheduleEvent left_call(const UserId& who, std::string key = "") {
    return {.room = room,
            .type = "org.matrix.msc3401.call.member",
            .state_key = key.empty() ? who.str() : key,
            .content = {{"left", true}}};
  }
  Result<void> manage(const std::string& id, Management what) { return run(delayed->manage(id, what)); }
  void pass(std::int64_t ms) {
    clock.advance(Milliseconds(ms));
    run(delayed->send_due());
  }
  std::vector<DelayedEvent> list(const UserId& who) {
    return *run(delayed->list(permit(who, gate::Operation::DelayedEventRead)));
  }
  DelayedEvent only(const UserId& who) {
    const auto events = list(who);
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? DelayedEvent() : events.front();
  }

  AuthorsDirectory authors;
  std::vector<std::unique_ptr<DelayedEvents>> retired;
  std::unique_ptr<DelayedEvents> delayed;
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
};

using Texts = std::vector<std::string>;

TEST_F(DelayedEventsTest, SentAtItsTimeAndOnce) {
  const auto id = schedule(alice, message("later"));
  ASSERT_TRUE(id) << id.error().to_log();
  pass(9'999);
  EXPECT_EQ(bodies(alice, room), Texts{});
  EXPECT_EQ(only(alice).outcome, DelayOutcome::Scheduled);
  pass(1);
  pass(100'000);
  EXPECT_EQ(bodies(alice, room), Texts{"later"});
  const DelayedEvent event = only(alice);
  EXPECT_EQ(event.outcome, DelayOutcome::Sent);
  EXPECT_FALSE(event.by_action);
  EXPECT_EQ(event.event, (*history(alice, room)).back()->event->id());
  EXPECT_EQ((*history(alice, room)).back()->delay_id, *id);
  EXPECT_EQ(event.content.at("body"), "later");
}

TEST_F(DelayedEventsTest, ItIsManagedByWhoKnowsItsId) {
  const std::string sent = *schedule(alice, message("now"));
  const std::string cancelled = *schedule(alice, message("never"));
  EXPECT_EQ(manage("unknown", Management::Send).error().code(), ErrorCode::NotFound);
  ASSERT_TRUE(manage(sent, Management::Send));
  ASSERT_TRUE(manage(cancelled, Management::Cancel));
  EXPECT_EQ(bodies(alice, room), Texts{"now"});
  // Asked again: the same is done already, anything else is a conflict.
  EXPECT_TRUE(manage(sent, Management::Send));
  EXPECT_TRUE(manage(cancelled, Management::Cancel));
  for (const auto& [id, what] : {std::pair(sent, Management::Cancel), std::pair(cancelled, Management::Send),
                                 std::pair(cancelled, Management::Restart)}) {
    EXPECT_EQ(manage(id, what).error().code(), ErrorCode::Conflict);
  }
  pass(100'000);
  EXPECT_EQ(bodies(alice, room), Texts{"now"});
}

TEST_F(DelayedEventsTest, HeartbeatsPutItOff) {
  const std::string id = *schedule(alice, left_call(alice));
  for (int i = 0; i < 20; ++i) {
    pass(6'000);
    ASSERT_TRUE(manage(id, Management::Restart));
  }
  EXPECT_TRUE(content(room, "org.matrix.msc3401.call.member", alice.view()).contains("absent"));
  pass(10'000);
  EXPECT_TRUE(content(room, "org.matrix.msc3401.call.member", alice.view()).contains("left"));
}

TEST_F(DelayedEventsTest, ACrashLosesNoneAndSendsNoneTwice) {
  const std::string waiting = *schedule(alice, message("waiting"), 60'000);
  ASSERT_TRUE(schedule(alice, message("sent before")));
  const std::string beating = *schedule(alice, left_call(alice));
  pass(10'000 - 1);
  ASSERT_TRUE(manage(beating, Management::Restart));
  pass(1);
  EXPECT_EQ(bodies(alice, room), Texts{"sent before"});
  crash();
  // The restart is not lost: never early, and at most the slack late.
  pass(9'998);
  EXPECT_TRUE(content(room, "org.matrix.msc3401.call.member", alice.view()).contains("absent"));
  pass(1 + DelayedEvents::slack_of(Milliseconds(10'000)).count());
  EXPECT_TRUE(content(room, "org.matrix.msc3401.call.member", alice.view()).contains("left"));
  pass(100'000);
  EXPECT_EQ(bodies(alice, room), (Texts{"sent before", "waiting"}));
  crash();
  pass(1'000'000);
  EXPECT_EQ(bodies(alice, room), (Texts{"sent before", "waiting"}));
  EXPECT_EQ(list(alice).size(), 3u);
}

TEST_F(DelayedEventsTest, WhatIsDueWhileTheServerIsDownIsSentAtItsStart) {
  ASSERT_TRUE(schedule(alice, message("overdue")));
  clock.advance(std::chrono::hours(5));
  crash();
  pass(0);
  EXPECT_EQ(bodies(alice, room), Texts{"overdue"});
}

TEST_F(DelayedEventsTest, WhatIsOverdueGoesInOrderAndInRounds) {
  Texts expected;
  for (int i = 0; i < 25; ++i) {
    expected.push_back(std::to_string(24 - i));
    ASSERT_TRUE(schedule(alice, message(std::to_string(i)), 60'000 - i * 1'000));
  }
  clock.advance(std::chrono::hours(1));
  start();
  begin({.due_per_round_max = 10});
  for (const std::size_t sent : {10u, 20u, 25u}) {
    pass(0);
    EXPECT_EQ(bodies(alice, room),
              Texts(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(sent)));
  }
}

TEST_F(DelayedEventsTest, TheSlackIsNoLongerThanTheDelay) {
  EXPECT_EQ(DelayedEvents::slack_of(Milliseconds(8'000)), Milliseconds(8'000));
  EXPECT_EQ(DelayedEvents::slack_of(std::chrono::hours(1)), Milliseconds(30'000));
}

TEST_F(DelayedEventsTest, ATransactionIsScheduledOnce) {
  const std::string first = *schedule(alice, message("once", "t1"));
  EXPECT_EQ(*schedule(alice, message("once", "t1")), first);
  crash();
  EXPECT_EQ(*schedule(alice, message("once", "t1")), first);
  EXPECT_NE(*schedule(alice, message("twice", "t2")), first);
  pass(10'000);
  EXPECT_EQ(*schedule(alice, message("once", "t1")), first);
  pass(10'000);
  EXPECT_EQ(bodies(alice, room).size(), 2u);
}

TEST_F(DelayedEventsTest, StateThatAnotherSetsIsNotSetBack) {
  ASSERT_TRUE(schedule(
      alice, {.room = room, .type = "m.room.topic", .state_key = "", .content = {{"topic", "old"}}}));
  clock.advance(Milliseconds(5));
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "mine"}}));
  pass(0);
  EXPECT_EQ(only(alice).outcome, DelayOutcome::Scheduled) << "one's own change does not cancel it";
  json::Object levels = content(room, "m.room.power_levels");
  levels["events"] = json::Object{{"m.room.topic", 0}};
  ASSERT_TRUE(set_state(alice, room, "m.room.power_levels", levels));
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(set_state(bob, room, "m.room.topic", {{"topic", "theirs"}}));
  pass(0);
  const DelayedEvent event = only(alice);
  EXPECT_EQ(event.outcome, DelayOutcome::Failed);
  EXPECT_EQ(event.error.at("org.matrix.msc4140.errcode"), "M_CANCELLED_BY_STATE_UPDATE");
  pass(100'000);
  EXPECT_EQ(content(room, "m.room.topic").at("topic"), "theirs");
}

TEST_F(DelayedEventsTest, PowerIsJudgedWhenItIsSent) {
  ASSERT_TRUE(join(bob, room));
  const std::string id =
      *schedule(bob, {.room = room, .type = "m.room.name", .state_key = "", .content = {{"name", "x"}}});
  const auto refused = manage(id, Management::Send);
  EXPECT_EQ(refused.error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(only(bob).outcome, DelayOutcome::Scheduled) << "it may be allowed by its time";
  pass(10'000);
  const DelayedEvent event = only(bob);
  EXPECT_EQ(event.outcome, DelayOutcome::Failed);
  EXPECT_EQ(event.error.at("errcode"), "M_FORBIDDEN");
  EXPECT_TRUE(content(room, "m.room.name").contains("absent"));
}

TEST_F(DelayedEventsTest, WhoHasGoneSendsNothing) {
  ASSERT_TRUE(schedule(alice, message("from the grave")));
  authors.gone.insert(alice);
  pass(10'000);
  EXPECT_EQ(only(alice).outcome, DelayOutcome::Failed);
  EXPECT_EQ(bodies(alice, room), Texts{});
}

TEST_F(DelayedEventsTest, ARedactionMayBeDelayed) {
  const EventId event = *send(alice, room, "for a while");
  ASSERT_TRUE(schedule(alice, {.room = room,
                               .type = "m.room.redaction",
                               .content = {{"redacts", event.view()}, {"reason", "over"}}}));
  pass(10'000);
  EXPECT_EQ(bodies(alice, room), Texts{""});
}

TEST_F(DelayedEventsTest, Limits) {
  begin({.delay_max = Milliseconds(20'000), .scheduled_per_user_max = 2, .finalised_per_user_max = 3});
  EXPECT_EQ(schedule(alice, message("x"), 20'001).error().reason(), "ORG.MATRIX.MSC4140_MAX_DELAY_EXCEEDED");
  EXPECT_EQ(schedule(alice, message("x"), 0).error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(schedule(bob, message("x")).error().code(), ErrorCode::Forbidden) << "not in the room";
  const std::string first = *schedule(alice, message("1"));
  ASSERT_TRUE(schedule(alice, message("2")));
  const auto third = schedule(alice, message("3"));
  EXPECT_EQ(third.error().reason(), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(third.error().retry_after_ms(), 10'000);
  ASSERT_TRUE(manage(first, Management::Cancel));
  ASSERT_TRUE(schedule(alice, message("3")));
  for (int i = 0; i < 10; ++i) {
    pass(10'000);
    ASSERT_TRUE(manage(*schedule(alice, message("again")), Management::Cancel));
  }
  EXPECT_LE(list(alice).size(), 3u) << "the oldest of what is finalised goes";
}

TEST_F(DelayedEventsTest, ContentIsSealedAndOthersDoNotSeeIt) {
  const std::string id = *schedule(alice, message("the secret plan"));
  auto query = [](storage::Snapshot& snapshot) { return snapshot.scan({.table = &kDelayedEvents}); };
  const auto rows = *store.read_blocking(std::move(query));
  ASSERT_EQ(rows.size(), 1u);
  for (const storage::Value& value : rows.front()) {
    std::string text;
    if (const auto* plain = std::get_if<std::string>(&value)) text = *plain;
    if (const auto* octets = std::get_if<Bytes>(&value)) text = std::string(as_text(*octets));
    EXPECT_FALSE(text.contains("secret plan"));
    EXPECT_FALSE(text.contains(id)) << "the id is a secret as well";
  }
  EXPECT_TRUE(list(bob).empty());
  const auto theirs = run(delayed->find(permit(bob, gate::Operation::DelayedEventRead), id));
  EXPECT_EQ(theirs.error().code(), ErrorCode::NotFound);
  EXPECT_TRUE(run(delayed->find(permit(alice, gate::Operation::DelayedEventRead), id)));
}

}  // namespace
}  // namespace kuramori::rooms::testing
