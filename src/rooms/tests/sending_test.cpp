// Sending, state, redactions, transaction ids, and what happens when commits fail.
#include <set>

#include "fixture.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms::testing {
namespace {

using Sending = RoomsTest;

TEST_F(Sending, OnlyMembersWithTheLevelSend) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  EXPECT_EQ(outcome(send(alice, room, "one")), "ok");
  EXPECT_EQ(outcome(send(bob, room, "two")), "M_FORBIDDEN");
  ASSERT_TRUE(join(bob, room));
  EXPECT_EQ(outcome(send(bob, room, "two")), "ok");
  EXPECT_EQ(outcome(set_state(bob, room, "m.room.name", {{"name", "x"}})), "M_FORBIDDEN");
  EXPECT_EQ(outcome(set_state(alice, room, "m.room.name", {{"name", "x"}})), "ok");
  EXPECT_EQ(outcome(set_state(alice, room, "org.example.s", {{"f", 1.5}})), "M_BAD_JSON");
  EXPECT_EQ(outcome(set_state(alice, room, "org.example.s", {{"f", 9'007'199'254'740'992}})), "M_BAD_JSON");
  EXPECT_EQ(outcome(send(alice, room, std::string(70'000, 'x'))), "M_TOO_LARGE");
  EXPECT_EQ(outcome(set_state(alice, room, "t", {}, std::string(256, 'k'))), "M_TOO_LARGE");
  EXPECT_EQ(outcome(set_state(alice, room, "m.room.power_levels", {{"users", {{bob.view(), "50"}}}})),
            "M_BAD_JSON");
  EXPECT_EQ(bodies(alice, room), (std::vector<std::string>{"one", "two"}));
}

TEST_F(Sending, CanonicalAliasesMustPointToTheRoom) {
  const RoomId room = make_room(alice, {.alias_localpart = "here"});
  make_room(alice, {.alias_localpart = "there"});
  const auto set = [&](json::Object content) {
    return outcome(set_state(alice, room, "m.room.canonical_alias", std::move(content)));
  };
  EXPECT_EQ(set({{"alias", "#here:example.org"}}), "ok");
  EXPECT_EQ(set({{"alias", "#there:example.org"}}), "M_BAD_ALIAS");
  EXPECT_EQ(set({{"alt_aliases", {"#nowhere:example.org"}}}), "M_BAD_ALIAS");
  EXPECT_EQ(set({{"alt_aliases", {"no alias"}}}), "M_INVALID_PARAM");
  EXPECT_EQ(set({{"alt_aliases", "text"}}), "M_BAD_JSON");
  EXPECT_EQ(set({{"alias", "#here:example.org"}, {"alt_aliases", {"#here:example.org"}}}), "ok");
  EXPECT_EQ(set(json::Object{}), "ok");
}

TEST_F(Sending, ATransactionIdIsUsedOnceByADeviceEvenAfterARestart) {
  const RoomId room = make_room(alice);
  const auto first = send(alice, room, "once", "t1");
  ASSERT_TRUE(first);
  EXPECT_EQ(*send(alice, room, "once", "t1"), *first);
  const auto second = send(alice, room, "again", "t2");
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  start();
  EXPECT_EQ(*send(alice, room, "once", "t1"), *first);
  EXPECT_EQ(bodies(alice, room), (std::vector<std::string>{"once", "again"}));

  SendEvent other{
      .room = room, .type = "m.room.message", .content = text_message("device"), .transaction = {}};
  other.transaction = Transaction{.scope = "send", .id = TransactionId("t1")};
  const auto from_other =
      run(rooms().send(permit(subject(alice, DeviceId("OTHER")), gate::Operation::RoomSend), other));
  EXPECT_NE(*from_other, *first);
  other.transaction->scope = "another endpoint";
  EXPECT_NE(*run(rooms().send(permit(alice, gate::Operation::RoomSend), other)), *first);
}

TEST_F(Sending, AFailedSendFreesItsTransactionId) {
  const RoomId room = make_room(alice);
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_EQ(outcome(send(alice, room, "x", "t1")), "M_UNKNOWN");
  EXPECT_EQ(outcome(send(alice, room, "x", "t1")), "ok");
  EXPECT_EQ(bodies(alice, room), std::vector<std::string>{"x"});
}

TEST_F(Sending, TheNewestTransactionsAreKept) {
  start({.known_transactions_max = 4});
  const RoomId room = make_room(alice);
  std::map<std::string, EventId> sent;
  for (int i = 0; i < 10; ++i) {
    const std::string id = "t" + std::to_string(i);
    const auto event = send(alice, room, id, id);
    ASSERT_TRUE(event);
    sent.emplace(id, *event);
  }
  const storage::Scan all{
      .table = &kTransactions, .index = nullptr, .prefix = {}, .from = std::nullopt, .below = std::nullopt};
  EXPECT_EQ(*store.read_blocking([&](storage::Snapshot& snapshot) { return snapshot.count(all); }), 4);
  for (const bool restarted : {false, true}) {
    if (restarted) start({.known_transactions_max = 4});
    for (const std::string id : {"t6", "t7", "t8", "t9"}) EXPECT_EQ(*send(alice, room, id, id), sent.at(id));
  }
  EXPECT_NE(*send(alice, room, "t0", "t0"), sent.at("t0"));
}

TEST_F(Sending, TheStreamCarriesStateAndSender) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", "one"}}));
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", "two"}}));
  const auto& renamed = *stream.events.back();
  EXPECT_EQ(json::string_or(renamed.state_before->find("m.room.name", "")->content(), "name", ""), "one");
  EXPECT_EQ(json::string_or(renamed.state_after->find("m.room.name", "")->content(), "name", ""), "two");
  EXPECT_NE(renamed.event->shared_unsigned.find(R"("prev_content":{"name":"one"})"), std::string::npos);
  ASSERT_TRUE(send(alice, room, "hi", "txn"));
  const auto& message = *stream.events.back();
  EXPECT_EQ(message.state_before, message.state_after);
  EXPECT_EQ(message.event->transaction.view(), "txn");
  EXPECT_EQ(message.event->sender_device.view(), "DEVICE");
  EXPECT_EQ(message.room, room);
  const auto rendered = json::parse_object(message.event->rendered + "}");
  ASSERT_TRUE(rendered);
  EXPECT_EQ(*rendered, matrix::client_form(*message.event->event, {.with_room_id = false}));
}

TEST_F(Sending, ARedactionTakesTheContentAwayEverywhere) {
  for (const std::string_view version : {"10", "11", "12"}) {
    const RoomId room =
        make_room(alice, {.version = matrix::find_room_version(version), .preset = Preset::PublicChat});
    ASSERT_TRUE(join(bob, room));
    const auto spoken = send(bob, room, "indiscreet");
    ASSERT_TRUE(send(bob, room, "after"));
    EXPECT_EQ(outcome(redact(carol, room, *spoken)), "M_FORBIDDEN");
    ASSERT_TRUE(join(carol, room));
    EXPECT_EQ(outcome(redact(carol, room, *spoken)), "M_FORBIDDEN");
    EXPECT_EQ(outcome(redact(alice, room, EventId("$unknown"))), "M_NOT_FOUND");
    const auto redaction = redact(bob, room, *spoken);
    ASSERT_TRUE(redaction);
    ASSERT_NE(stream.events.back()->redacted, nullptr);
    EXPECT_EQ(stream.events.back()->redacted->event->id(), *spoken);
    for (const bool restarted : {false, true}) {
      if (restarted) start();
      const auto event = run(rooms().event(permit(bob, gate::Operation::RoomRead), room, *spoken));
      ASSERT_TRUE(event);
      EXPECT_TRUE((*event)->event->content().empty());
      EXPECT_NE((*event)->shared_unsigned.find(R"("redacted_because")"), std::string::npos);
      EXPECT_NE((*event)->shared_unsigned.find(redaction->view()), std::string::npos);
      EXPECT_EQ(bodies(bob, room), (std::vector<std::string>{"", "after"}));
    }
    // Done once is done; the redaction itself is still an event.
    EXPECT_EQ(outcome(redact(alice, room, *spoken)), "ok");
    EXPECT_EQ(stream.events.back()->redacted, nullptr);
  }
}

TEST_F(Sending, ARedactedStateEventIsRedactedInTheStateAndInWhatReplacedIt) {
  const RoomId room = make_room(alice);
  const auto first = set_state(alice, room, "m.room.topic", {{"topic", "secret"}});
  ASSERT_TRUE(set_state(alice, room, "m.room.topic", {{"topic", "public"}}));
  ASSERT_TRUE(redact(alice, room, *first));
  EXPECT_EQ(content(room, "m.room.topic").at("topic").as_string(), "public");
  for (const auto& event : *history(alice, room)) {
    EXPECT_EQ((event->rendered + event->shared_unsigned).find("secret"), std::string::npos);
  }
  const auto current = state(room)->find("m.room.topic", "")->id();
  ASSERT_TRUE(redact(alice, room, current));
  EXPECT_TRUE(content(room, "m.room.topic").empty());
  start();
  EXPECT_TRUE(content(room, "m.room.topic").empty());
}

TEST_F(Sending, AdministratorsRedactWhatPeopleOfTheServerSent) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  const auto spoken = send(alice, room, "x");
  gate::Subject administrator = subject(bob);
  administrator.role = gate::Role::Administrator;
  EXPECT_EQ(outcome(redact(bob, room, *spoken)), "M_FORBIDDEN");
  EXPECT_EQ(outcome(run(rooms().redact(permit(administrator, gate::Operation::RoomRedact),
                                       {.room = room, .event = *spoken, .content = {}, .transaction = {}}))),
            "ok");
}

// A store that commits when told to: what a slow disk does between submission and durability.
class Pending : public RoomsTest {
 protected:
  Pending() : slow({.commits = storage::memory::Commits::WhenAsked}) {
    migrate(slow);
    std::thread committer([this] {
      while (!is_prepared) slow.commit_pending();
    });
    other = std::make_unique<Server>(slow, clock, random);
    slow.add_listener(other->rooms);
    slow.add_listener(stream);
    room = *run(other->rooms.create(ask(gate::Operation::RoomCreate), {}));
    EXPECT_TRUE(run(other->rooms.current_state(room)));
    is_prepared = true;
    committer.join();
  }
  gate::Permit ask(gate::Operation operation) {
    auto admission = run(other->gate.admit({subject(alice), operation, {}, nullptr}));
    return std::get<gate::Permit>(std::move(admission));
  }
  void begin_send(runtime::TaskScope& scope, const std::string& body) {
    begin(scope, "m.room.message", text_message(body));
  }
  void begin(runtime::TaskScope& scope, std::string type, json::Object content) {
    auto task = [](Pending& test, std::string kind, json::Object what) -> runtime::Task<void> {
      auto admission =
          co_await test.other->gate.admit({subject(test.alice), gate::Operation::RoomSend, {}, nullptr});
      SendEvent request{
          .room = test.room, .type = std::move(kind), .content = std::move(what), .transaction = {}};
      auto sent =
          co_await test.other->rooms.send(std::get<gate::Permit>(std::move(admission)), std::move(request));
      test.outcomes.push_back(sent ? "ok" : std::string(sent.error().reason()));
    };
    auto started = task(*this, std::move(type), std::move(content));
    executor.post([&scope, t = std::move(started)]() mutable { scope.spawn(std::move(t)); });
  }
  void settle() {
    do {
      executor.run_until_idle();
    } while (slow.commit_pending() > 0);
    executor.run_until_idle();
  }

  storage::memory::MemoryStore slow;
  std::atomic<bool> is_prepared = false;
  std::unique_ptr<Server> other;
  RoomId room;
  std::vector<std::string> outcomes;
};

TEST_F(Pending, ManySendsOfOneRoomGoIntoOneCommitInOrder) {
  runtime::TaskScope scope;
  for (int i = 0; i < 20; ++i) begin_send(scope, std::to_string(i));
  executor.run_until_idle();
  EXPECT_EQ(slow.pending(), 20U);
  // Nobody sees what is not durable.
  EXPECT_EQ(run(other->rooms.last_event_position(room))->value, stream.events.back()->event->position.value);
  const std::size_t before = stream.events.size();
  EXPECT_EQ(slow.commit_pending(), 20U);
  executor.run_until_idle();
  EXPECT_EQ(outcomes, std::vector<std::string>(20, "ok"));
  ASSERT_EQ(stream.events.size(), before + 20);
  for (std::size_t i = before; i < stream.events.size(); ++i) {
    EXPECT_EQ(stream.events[i]->event->event->prev_events()[0], stream.events[i - 1]->event->event->id());
  }
}

// module event_annotations: also when both are under way.
TEST_F(Pending, OfTwoLikeReactionsAtOnceOneIsRefused) {
  const EventId event = stream.events.back()->event->event->id();
  const json::Object reaction{
      {"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", event.view()}, {"key", "+"}}}};
  runtime::TaskScope scope;
  for (int i = 0; i < 3; ++i) begin(scope, "m.reaction", reaction);
  settle();
  settle();
  const std::multiset<std::string> counted(outcomes.begin(), outcomes.end());
  EXPECT_EQ(counted.count("ok"), 1U);
  EXPECT_EQ(counted.count("M_DUPLICATE_ANNOTATION"), 2U);
}

TEST_F(Pending, WhatWasBuiltOnALostWriteIsBuiltAgain) {
  runtime::TaskScope scope;
  for (int i = 0; i < 6; ++i) begin_send(scope, std::to_string(i));
  executor.run_until_idle();
  ASSERT_EQ(slow.pending(), 6U);
  // The first two are lost with the disk; the rest was built on them.
  slow.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_EQ(slow.commit_pending(2), 2U);
  settle();
  std::multiset<std::string> counted(outcomes.begin(), outcomes.end());
  EXPECT_EQ(counted.count("ok"), 4U);
  EXPECT_EQ(counted.count("M_UNKNOWN"), 2U);
  // One line of events without a gap, and memory agrees with the store.
  for (std::size_t i = 1; i < stream.events.size(); ++i) {
    const auto& event = *stream.events[i]->event->event;
    EXPECT_EQ(event.prev_events()[0], stream.events[i - 1]->event->event->id());
  }
  Server again(slow, clock, random);
  EXPECT_EQ(run(again.rooms.last_event_position(room))->value,
            run(other->rooms.last_event_position(room))->value);
}

}  // namespace
}  // namespace kuramori::rooms::testing
