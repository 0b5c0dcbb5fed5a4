// A label that is lowered after sending: for answers, forwards and files, over restarts; what comes later
// raises it again.
#include "provenance/relabelling.hpp"

#include "gate/policy_store.hpp"
#include "provenance/history.hpp"
#include "provenance/keeper.hpp"
#include "provenance/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::provenance {
namespace {

constexpr std::string_view kFile = "mxc://example.org/plan";

class RelabellingTest : public rooms::testing::RoomsTest {
 protected:
  RelabellingTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "provenance", .changes = {}};
    for (const storage::Table* table : provenance::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::array{first, second}).has_value(), "the tables can be made");
    begin();
  }
  void begin() {
    book = std::make_unique<ContentBook>(MarkKey(server->keys->organisation_key()),
                                         [this] { return server->gate.policy(); });
    store.add_listener(*book);
    keeper = std::make_unique<Keeper>(
        Keeper::Ports{.store = store, .keys = *server->keys, .book = *book, .log = Logger::silent()});
    ASSERT_TRUE(keeper->load());
    relabelling = std::make_unique<Relabelling>(
        Relabelling::Ports{.store = store, .keys = *server->keys, .gate = server->gate, .book = *book});
  }
  EventId say(const RoomId& room, std::string_view label) {
    rooms::SendEvent request{.room = room, .type = "m.room.message"};
    request.content = {{"msgtype", "m.file"}, {"body", "plan"}, {"url", kFile}};
    request.content[governance::kLabelKey] = json::Object{{"label", label}};
    auto sent = run(rooms().send(permit(alice, gate::Operation::RoomSend), std::move(request)));
    EXPECT_TRUE(sent) << sent.error().to_log();
    return *sent;
  }
  void relabel(const RoomId& room, const EventId& event, std::string label) {
    auto message = run(relabelling->find(room, event));
    ASSERT_TRUE(message) << message.error().to_log();
    const auto set = run(relabelling->set(permit(alice, gate::Operation::LabelSet), *std::move(message),
                                          {.label = std::move(label), .reason = "it was published"}));
    ASSERT_TRUE(set) << set.error().to_log();
  }
  std::string label_of_file() const { return std::string(book->label_of_file(kFile)); }
  std::string label_of_answer_to(const EventId& event) const {
    json::Object reply{{"event_id", event.view()}};
    const json::Object content{{"msgtype", "m.text"},
                               {"body", "yes"},
                               {"m.relates_to", json::Object{{"m.in_reply_to", std::move(reply)}}}};
    return std::string(book->origin(content, "!x:example.org").label);
  }

  std::unique_ptr<ContentBook> book;
  std::unique_ptr<Keeper> keeper;
  std::unique_ptr<Relabelling> relabelling;
};

TEST_F(RelabellingTest, LowersWhatTheMessageIsKnownBy) {
  const RoomId room = make_room(alice);
  const EventId event = say(room, "secret");
  EXPECT_EQ(label_of_file(), "secret");
  EXPECT_EQ(run(relabelling->find(room, event))->label, "secret");
  relabel(room, event, "internal");
  EXPECT_EQ(label_of_file(), "internal");
  EXPECT_EQ(label_of_answer_to(event), "internal");
  EXPECT_EQ(run(relabelling->find(room, event))->label, "internal");
  relabel(room, event, "");
  EXPECT_EQ(label_of_file(), "");
}

TEST_F(RelabellingTest, StaysAfterARestart) {
  const RoomId room = make_room(alice);
  const EventId event = say(room, "secret");
  ASSERT_TRUE(run(keeper->write()));
  relabel(room, event, "internal");
  start();
  begin();
  EXPECT_EQ(label_of_file(), "internal");
  EXPECT_EQ(run(relabelling->find(room, event))->label, "internal");
  ASSERT_TRUE(run(keeper->write()));
  const auto way = run(History(store, book->marks()).way_of(room, event));
  ASSERT_TRUE(way);
  EXPECT_EQ(way->back().label, "internal");
}

TEST_F(RelabellingTest, WhatIsSentLaterRaisesItAgain) {
  const RoomId room = make_room(alice);
  const EventId event = say(room, "secret");
  relabel(room, event, "internal");
  say(room, "confidential");
  EXPECT_EQ(label_of_file(), "confidential");
}

TEST_F(RelabellingTest, OnlyMessagesThatAreThere) {
  const RoomId room = make_room(alice);
  const EventId event = say(room, "secret");
  EXPECT_EQ(rooms::testing::outcome(run(relabelling->find(make_room(alice), event))), "M_NOT_FOUND");
  EXPECT_EQ(rooms::testing::outcome(run(relabelling->find(room, EventId("$nothing")))), "M_NOT_FOUND");
  ASSERT_TRUE(redact(alice, room, event));
  EXPECT_EQ(rooms::testing::outcome(run(relabelling->find(room, event))), "M_NOT_FOUND");
}

}  // namespace
}  // namespace kuramori::provenance
