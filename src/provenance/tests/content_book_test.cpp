// What is known of content by where it was seen: from the gate's question to the way hop by hop, over
// restarts.
#include "provenance/content_book.hpp"

#include "gate/policy_store.hpp"
#include "provenance/history.hpp"
#include "provenance/keeper.hpp"
#include "provenance/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::provenance {
namespace {

using rooms::testing::text_message;

const std::string kPlan =
    "The merger with Harbour Trading is planned for the third quarter; nobody outside the board may know of "
    "it yet.";
constexpr std::string_view kPolicy = R"({"format":1,"name":"test","rules":[
  {"id":"board","operations":["room.send"],"effect":"allow","resource":{"event_types":["m.room.message"]},
   "when":{"keyword":{"dictionary":"board"}},"obligations":[{"label":"secret"}]}],
  "dictionaries":[{"id":"board","terms":["merger"]}]})";

json::Object file_message(std::string_view uri) {
  return {{"msgtype", "m.file"}, {"body", "plan.pdf"}, {"url", uri}};
}

class ContentBookTest : public rooms::testing::RoomsTest {
 protected:
  ContentBookTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "provenance", .changes = {}};
    for (const storage::Table* table : provenance::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::array{first, second}).has_value(), "the tables can be made");
    begin({});
  }
  void begin(ContentBook::Options options) {
    auto policy = gate::compile_policy(kPolicy, 1);
    ASSERT_TRUE(policy) << policy.error().message();
    server->gate.swap_policy(*policy);
    book = std::make_unique<ContentBook>(
        MarkKey(server->keys->organisation_key()), [this] { return server->gate.policy(); }, options);
    store.add_listener(*book);
    server->gate.provide({.origins = book.get()});
    keeper = std::make_unique<Keeper>(
        Keeper::Ports{.store = store, .keys = *server->keys, .book = *book, .log = Logger::silent()});
    ASSERT_TRUE(keeper->load());
  }
  void restart() {
    start();
    begin({});
  }
  gate::Admission ask(const UserId& who, const RoomId& room, const json::Object& content) {
    gate::Resource resource;
    resource.room = room;
    resource.event_type = "m.room.message";
    return run(server->gate.admit({subject(who), gate::Operation::RoomSend, std::move(resource), &content}));
  }
  // As a client sends it: with what the gate makes of it.
  Result<EventId> say(const UserId& who, const RoomId& room, json::Object content) {
    auto admission = ask(who, room, content);
    auto* permit = std::get_if<gate::Permit>(&admission);
    if (permit == nullptr) return forbidden(std::get<gate::Refusal>(admission).rule);
    if (permit->amended_content()) content = *permit->amended_content();
    return run(rooms().send(
        std::move(*permit),
        {.room = room, .type = "m.room.message", .content = std::move(content), .transaction = {}}));
  }
  std::string label_in(const UserId& who, const RoomId& room) {
    const auto events = history(who, room);
    return events ? std::string(governance::label_of(events->back()->event->content())) : "?";
  }
  std::vector<Hop> way_of(const RoomId& room, const EventId& event) {
    EXPECT_TRUE(run(keeper->write()));
    const History history(store, book->marks());
    auto way = run(history.way_of(room, event));
    EXPECT_TRUE(way) << way.error().to_log();
    return way ? *way : std::vector<Hop>();
  }

  std::unique_ptr<ContentBook> book;
  std::unique_ptr<Keeper> keeper;
};

TEST_F(ContentBookTest, WhatIsSecretIsNotPassedOn) {
  const RoomId board = make_room(alice);
  const RoomId lunch = make_room(alice);
  const auto first = say(alice, board, text_message(kPlan));
  ASSERT_TRUE(first) << first.error().to_log();
  EXPECT_EQ(label_in(alice, board), "secret");
  for (int round = 0; round < 2; ++round) {
    const auto passed_on = say(alice, lunch, text_message("  " + kPlan));
    ASSERT_FALSE(passed_on) << round;
    EXPECT_EQ(passed_on.error().message(), "label.secret.forward");
    ASSERT_TRUE(say(alice, board, text_message(kPlan))) << "where it is, it may be said again";
    ASSERT_TRUE(run(keeper->write()));
    restart();
  }
}

TEST_F(ContentBookTest, AFileKeepsTheHighestLabelItWasSentUnder) {
  const RoomId board = make_room(alice);
  const RoomId lunch = make_room(alice);
  const json::Object file = file_message("mxc://example.org/plan");
  ASSERT_TRUE(say(alice, lunch, file));
  EXPECT_EQ(book->label_of_file("mxc://example.org/plan"), "");
  json::Object marked = file;
  marked["org.kuramori.label"] = json::Object{{"label", "confidential"}};
  ASSERT_TRUE(say(alice, board, marked));
  EXPECT_EQ(book->label_of_file("mxc://example.org/plan"), "confidential");
  ASSERT_TRUE(say(alice, lunch, file));
  EXPECT_EQ(label_in(alice, lunch), "confidential") << "though the client did not say so";
}

TEST_F(ContentBookTest, AFileThatInspectionLabelledIsNotGivenOut) {
  storage::UnitOfWork work;
  book->label_file(work, "mxc://example.org/scan", "secret");
  ASSERT_TRUE(run([](storage::Store& to, storage::UnitOfWork unit) -> runtime::Task<Result<void>> {
    auto ticket = to.submit(std::move(unit));
    const auto receipt = co_await ticket;
    if (!receipt) co_return receipt.error();
    co_return Result<void>();
  }(store, std::move(work))));
  const auto rule_of_download = [&](std::string name) -> std::string {
    gate::Resource resource;
    resource.name = std::move(name);
    auto admission = run(server->gate.admit({subject(alice), gate::Operation::MediaDownload, resource}));
    const auto* refusal = std::get_if<gate::Refusal>(&admission);
    return refusal == nullptr ? "" : refusal->rule;
  };
  const RoomId room = make_room(alice);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(rule_of_download("mxc://example.org/scan"), "label.secret.download") << round;
    EXPECT_EQ(rule_of_download("mxc://example.org/other"), "") << round;
    ASSERT_TRUE(say(alice, room, text_message("x")));
    ASSERT_TRUE(run(keeper->write()));
    restart();
  }
}

TEST_F(ContentBookTest, AnAnswerCarriesTheLabelOfWhatItAnswers) {
  const RoomId board = make_room(alice);
  const auto first = say(alice, board, text_message(kPlan));
  ASSERT_TRUE(first);
  json::Object answer = text_message("Agreed.");
  answer["m.relates_to"] = json::Object{{"m.in_reply_to", json::Object{{"event_id", first->view()}}}};
  ASSERT_TRUE(say(alice, board, answer));
  EXPECT_EQ(label_in(alice, board), "secret");
  ASSERT_TRUE(say(alice, board, text_message("Lunch?")));
  EXPECT_EQ(label_in(alice, board), "");
}

TEST_F(ContentBookTest, TheWayIsKeptHopByHop) {
  const std::string text = kPlan.substr(12) + " (without the word)";
  const RoomId one = make_room(alice);
  const RoomId two = make_room(alice);
  const RoomId three = make_room(alice);
  const auto first = say(alice, one, text_message(text));
  const auto second = say(alice, two, text_message(text));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(way_of(two, *second).size(), 2U);
  const auto third = say(alice, three, text_message(text));
  ASSERT_TRUE(third);
  const auto way = way_of(three, *third);
  ASSERT_EQ(way.size(), 3U);
  EXPECT_EQ(way[0].event, *first);
  EXPECT_EQ(way[1].event, *second);
  EXPECT_EQ(way[2].room, three);
  EXPECT_EQ(way_of(one, *first).size(), 1U);
  const auto events = history(alice, three);
  ASSERT_TRUE(events);
  const auto* forwarded = json::object_at(events->back()->event->content(), "org.kuramori.forwarded");
  ASSERT_NE(forwarded, nullptr);
  EXPECT_EQ(json::integer_or(*forwarded, "hops", 0), 2);
  const History stored(store, book->marks());
  EXPECT_FALSE(run(stored.way_of(one, *third))) << "it is not in that room";
}

TEST_F(ContentBookTest, NobodyButTheServerSaysThatSomethingWasForwarded) {
  const RoomId room = make_room(alice);
  json::Object content = text_message("made up");
  content["org.kuramori.forwarded"] = json::Object{{"hops", 9}};
  ASSERT_TRUE(say(alice, room, content));
  const auto events = history(alice, room);
  ASSERT_TRUE(events);
  EXPECT_FALSE(events->back()->event->content().contains("org.kuramori.forwarded"));
}

TEST_F(ContentBookTest, WhatWasNotWrittenBeforeTheEndIsReadAgain) {
  const RoomId board = make_room(alice);
  ASSERT_TRUE(say(alice, board, text_message("begin")));
  ASSERT_TRUE(say(alice, board, file_message("mxc://example.org/first")));
  ASSERT_TRUE(run(keeper->write()));
  json::Object marked = file_message("mxc://example.org/plan");
  marked["org.kuramori.label"] = json::Object{{"label", "secret"}};
  ASSERT_TRUE(say(alice, board, marked));
  restart();
  EXPECT_EQ(book->label_of_file("mxc://example.org/plan"), "secret");
}

TEST_F(ContentBookTest, WhatDoesNotFitIsReadAgainAndNothingIsLost) {
  start();
  begin({.marks_max = 1'000, .pending_max = 2});
  const RoomId board = make_room(alice);
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(say(alice, board, file_message("mxc://example.org/" + std::to_string(i))));
  for (int round = 0; round < 5; ++round) ASSERT_TRUE(run(keeper->write()));
  const History stored(store, book->marks());
  for (int i = 0; i < 5; ++i) {
    const auto places = run(stored.places_of_file("mxc://example.org/" + std::to_string(i), {}, 10));
    ASSERT_TRUE(places);
    EXPECT_EQ(places->size(), 1U) << i;
  }
}

TEST_F(ContentBookTest, TheOldestMarksAreForgotten) {
  start();
  begin({.marks_max = 2, .pending_max = 100});
  const RoomId one = make_room(alice);
  const RoomId two = make_room(alice);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(say(alice, one, file_message("mxc://example.org/" + std::to_string(i))));
  EXPECT_FALSE(book->origin(file_message("mxc://example.org/0"), two.view()).is_forwarded);
  EXPECT_TRUE(book->origin(file_message("mxc://example.org/2"), two.view()).is_forwarded);
}

}  // namespace
}  // namespace kuramori::provenance
