#include "retention/retention.hpp"

#include <gmock/gmock.h>

#include "gate/policy_store.hpp"
#include "provenance/keeper.hpp"
#include "provenance/relabelling.hpp"
#include "provenance/tables.hpp"
#include "retention/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::retention {
namespace {

constexpr std::string_view kPolicy = R"({"format":1,"name":"p","labels":[
  {"id":"open"},{"id":"internal","above":["open"]},
  {"id":"secret","above":["internal"],"handling":{"retention_days":30}}],
  "unlabelled":"internal","rules":[]})";

class Shredder final : public Files {
 public:
  Result<bool> destroy(const std::string& uri) override {
    if (is_broken) return internal_error("the disk is gone");
    destroyed.push_back(uri);
    return true;
  }
  std::vector<std::string> destroyed;
  bool is_broken = false;
};

class RetentionTest : public rooms::testing::RoomsTest {
 protected:
  RetentionTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "retention", .changes = {}};
    for (const storage::Table* table : provenance::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : retention::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::array{first, second}).has_value(), "the tables can be made");
    begin();
  }
  void begin(std::string_view policy = kPolicy) {
    put_in_force(policy);
    book = std::make_unique<provenance::ContentBook>(provenance::MarkKey(server->keys->organisation_key()),
                                                     [this] { return server->gate.policy(); });
    store.add_listener(*book);
    keeper = std::make_unique<provenance::Keeper>(provenance::Keeper::Ports{
        .store = store, .keys = *server->keys, .book = *book, .log = Logger::silent()});
    ASSERT_TRUE(keeper->load());
    job = std::make_unique<Retention>(Retention::Ports{.store = store,
                                                       .keys = *server->keys,
                                                       .gate = server->gate,
                                                       .rooms = server->rooms,
                                                       .marks = book->marks(),
                                                       .files = shredder,
                                                       .clock = clock,
                                                       .metrics = server->metrics,
                                                       .log = Logger::silent()},
                                      Retention::Options{});
  }
  void put_in_force(std::string_view document) {
    auto policy = gate::compile_policy(document, 1);
    ensure(policy.has_value(), "the policy of the test is good");
    server->gate.swap_policy(*policy);
  }
  EventId say(const UserId& who, const RoomId& room, std::string_view label, std::string_view file = "",
              const EventId& edited = EventId()) {
    rooms::SendEvent request{.room = room, .type = "m.room.message"};
    request.content = {{"msgtype", "m.text"}, {"body", "the plan"}};
    if (!label.empty()) request.content[governance::kLabelKey] = json::Object{{"label", label}};
    if (!file.empty()) request.content["url"] = file;
    if (!edited.empty())
      request.content["m.relates_to"] = json::Object{{"rel_type", "m.replace"}, {"event_id", edited.view()}};
    auto sent = run(rooms().send(permit(who, gate::Operation::RoomSend), std::move(request)));
    EXPECT_TRUE(sent) << sent.error().to_log();
    EXPECT_TRUE(run(keeper->write()));
    return *sent;
  }
  bool is_there(const EventId& event) {
    auto query = [&](storage::Snapshot& snapshot) { return rooms::find_event_row(snapshot, event); };
    const auto row = *store.read_blocking(query);
    return storage::is_null((*row)[rooms::kEvents.column("redacted_by")]);
  }
  void work() {
    for (int steps = 0; steps < 100; ++steps) {
      const auto more = job->step();
      ASSERT_TRUE(more) << more.error().to_log();
      if (!*more) return;
    }
    ADD_FAILURE() << "it does not come to an end";
  }
  Retention::Status status() {
    auto told = run(Retention::status(store, server->gate,
                                      permit(gate::Subject::system(), gate::Operation::AdminRetentionRead)));
    EXPECT_TRUE(told);
    return *told;
  }

  Shredder shredder;
  std::unique_ptr<provenance::ContentBook> book;
  std::unique_ptr<provenance::Keeper> keeper;
  std::unique_ptr<Retention> job;
};

TEST_F(RetentionTest, EndsWhatIsOlderThanItsLabelAllows) {
  const RoomId room = make_room(alice);
  const EventId old = say(alice, room, "secret", "mxc://example.org/plan");
  const EventId other = say(alice, room, "");
  clock.advance(std::chrono::days(29));
  const EventId young = say(alice, room, "secret");
  work();
  EXPECT_TRUE(is_there(old)) << "a day is left";
  clock.advance(std::chrono::days(2));
  work();
  EXPECT_FALSE(is_there(old));
  EXPECT_TRUE(is_there(other));
  EXPECT_TRUE(is_there(young));
  EXPECT_THAT(shredder.destroyed, ::testing::ElementsAre("mxc://example.org/plan"));
  const Retention::Status told = status();
  ASSERT_EQ(told.labels.size(), 1U);
  EXPECT_EQ(told.labels[0].progress.redacted, 1);
  EXPECT_EQ(told.labels[0].progress.files, 1);
  EXPECT_EQ(told.left, 0);
}

TEST_F(RetentionTest, AFileThatAnotherMessageNeedsStays) {
  const RoomId room = make_room(alice);
  say(alice, room, "secret", "mxc://example.org/plan");
  clock.advance(std::chrono::days(20));
  const EventId later = say(alice, room, "secret", "mxc://example.org/plan");
  clock.advance(std::chrono::days(11));
  work();
  EXPECT_TRUE(shredder.destroyed.empty());
  EXPECT_TRUE(is_there(later));
  clock.advance(std::chrono::days(20));
  work();
  EXPECT_FALSE(is_there(later));
  EXPECT_EQ(shredder.destroyed.size(), 1U) << "with the last that names it";
}

TEST_F(RetentionTest, EditsGoWithTheirMessage) {
  const RoomId room = make_room(alice);
  const EventId old = say(alice, room, "secret");
  clock.advance(std::chrono::days(10));
  const EventId edit = say(alice, room, "", "", old);
  clock.advance(std::chrono::days(21));
  work();
  EXPECT_FALSE(is_there(old));
  EXPECT_FALSE(is_there(edit));
}

TEST_F(RetentionTest, GoesOnAfterARestartAndInPieces) {
  const RoomId room = make_room(alice);
  std::vector<EventId> sent;
  for (int i = 0; i < 120; ++i) sent.push_back(say(alice, room, "secret"));
  clock.advance(std::chrono::days(31));
  const auto more = job->step();
  ASSERT_TRUE(more);
  EXPECT_TRUE(*more);
  EXPECT_EQ(status().labels[0].progress.redacted, 50) << "bounded";
  start();
  begin();
  work();
  for (const EventId& event : sent) EXPECT_FALSE(is_there(event));
  EXPECT_EQ(status().labels[0].progress.redacted, 120);
}

TEST_F(RetentionTest, WhatCannotBeDoneIsTriedAgain) {
  const RoomId room = make_room(alice);
  const EventId old = say(alice, room, "secret", "mxc://example.org/plan");
  clock.advance(std::chrono::days(31));
  shredder.is_broken = true;
  work();
  EXPECT_TRUE(is_there(old)) << "nobody would know of the file any more";
  EXPECT_EQ(status().left, 1);
  shredder.is_broken = false;
  work();
  EXPECT_TRUE(is_there(old));
  clock.advance(std::chrono::days(1));
  work();
  EXPECT_FALSE(is_there(old));
  EXPECT_EQ(status().left, 0);
}

TEST_F(RetentionTest, ALabelGivenAfterwardsCounts) {
  const RoomId room = make_room(alice);
  const EventId raised = say(alice, room, "");
  const EventId lowered = say(alice, room, "secret");
  provenance::Relabelling relabelling(
      {.store = store, .keys = *server->keys, .gate = server->gate, .book = *book});
  const auto relabel = [&](const EventId& event, std::string label) {
    auto message = run(relabelling.find(room, event));
    ASSERT_TRUE(message);
    ASSERT_TRUE(run(relabelling.set(permit(alice, gate::Operation::LabelSet), *std::move(message),
                                    {.label = std::move(label), .reason = "r"})));
  };
  relabel(lowered, "internal");
  clock.advance(std::chrono::days(31));
  work();
  EXPECT_TRUE(is_there(lowered));
  EXPECT_TRUE(is_there(raised));
  relabel(raised, "secret");
  work();
  EXPECT_FALSE(is_there(raised)) << "although it was passed over before";
}

TEST_F(RetentionTest, WhatHasNoLabelCountsAsThePolicySays) {
  const RoomId room = make_room(alice);
  const EventId plain = say(alice, room, "");
  const EventId open = say(alice, room, "open");
  clock.advance(std::chrono::days(31));
  work();
  EXPECT_TRUE(is_there(plain));
  std::string stricter(kPolicy);
  stricter.replace(stricter.find(R"("unlabelled":"internal")"), 23, R"("unlabelled":"secret")");
  put_in_force(stricter);
  work();
  EXPECT_FALSE(is_there(plain));
  EXPECT_TRUE(is_there(open));
}

TEST_F(RetentionTest, WhatComesFromTheFutureStopsNothing) {
  const RoomId room = make_room(alice);
  rooms::SendEvent request{.room = room, .type = "m.room.message"};
  request.content = {{"msgtype", "m.text"}, {"body", "hello"}};
  request.content[governance::kLabelKey] = json::Object{{"label", "secret"}};
  request.timestamp = clock.now() + std::chrono::days(365);
  auto future = run(rooms().send(permit(alice, gate::Operation::RoomSend), std::move(request)));
  ASSERT_TRUE(future);
  const EventId behind = say(alice, room, "secret");
  clock.advance(std::chrono::days(31));
  work();
  EXPECT_FALSE(is_there(behind));
  EXPECT_TRUE(is_there(*future));
  EXPECT_EQ(status().left, 1);
  clock.advance(std::chrono::days(365));
  work();
  EXPECT_FALSE(is_there(*future));
}

}  // namespace
}  // namespace kuramori::retention
