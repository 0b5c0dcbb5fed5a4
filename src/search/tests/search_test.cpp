// The index over rooms in memory: what is found, by whom, after what.
#include <gmock/gmock.h>

#include "rooms/tests/fixture.hpp"
#include "search/indexer.hpp"
#include "search/searcher.hpp"
#include "search/tables.hpp"

namespace kuramori::search {
namespace {

using rooms::testing::text_message;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SearchTest : public rooms::testing::RoomsTest {
 protected:
  SearchTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "search", .changes = {}};
    for (const storage::Table* table : tables()) second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    ensure(store.migrate(migrations).has_value(), "the tables of search can be made");
    open();
  }
  // Services over the store; again: a restart.
  void open() {
    searcher.reset();
    indexer = std::make_unique<Indexer>(
        Indexer::Ports{store, *server->keys, server->gate, clock, random, server->metrics, Logger::silent()},
        IndexerOptions{.batch_events_max = batch, .erased_per_unit = erased_per_unit});
    searcher = std::make_unique<Searcher>(
        Searcher::Ports{store, *server->keys, server->rooms, server->gate, clock, server->metrics});
  }
  void catch_up() {
    for (int i = 0; i < 10'000; ++i) {
      const auto more = indexer->step();
      ASSERT_TRUE(more) << more.error().to_log();
      if (!*more) return;
    }
    FAIL() << "the indexer never comes to an end";
  }
  Result<SearchResults> search(const UserId& who, std::string_view criteria,
                               std::optional<std::string> next = std::nullopt) {
    KURAMORI_TRY(query, parse_query(*json::parse_object(criteria), next));
    const auto reading = permit(who, gate::Operation::SearchRead);
    return run(searcher->search(reading, std::move(query)));
  }
  std::vector<std::string> find(const UserId& who, std::string_view term, std::string_view more = "") {
    catch_up();
    std::string criteria = R"({"order_by":"recent","search_term":)";
    json::append_string(criteria, term);
    const auto found = search(who, criteria + std::string(more) + "}");
    EXPECT_TRUE(found) << found.error().to_log();
    std::vector<std::string> texts;
    if (!found) return texts;
    for (const FoundEvent& result : found->results) {
      const json::Object& content = result.event->event->content();
      for (const char* key : {"body", "name", "topic"}) {
        if (content.contains(key)) texts.emplace_back(json::string_or(content, key, ""));
      }
    }
    return texts;
  }
  EventId edit(const UserId& who, const RoomId& room, const EventId& event, std::string_view body) {
    clock.advance(Milliseconds(1'000));  // of edits the latest counts
    json::Object content = text_message("* " + std::string(body));
    content["m.new_content"] = text_message(body);
    content["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", event.view()}};
    auto sent =
        run(rooms().send(permit(who, gate::Operation::RoomSend),
                         {.room = room, .type = "m.room.message", .content = content, .transaction = {}}));
    EXPECT_TRUE(sent) << sent.error().to_log();
    return *sent;
  }
  void commit(storage::UnitOfWork work) {
    EXPECT_TRUE(run([](storage::CommitTicket t) -> runtime::Task<bool> {
      auto receipt = co_await t;
      co_return receipt.has_value();
    }(store.submit(std::move(work)))));
  }
  std::int64_t count(const storage::Table& table) {
    return *store.read_blocking(
        [&](storage::Snapshot& s) { return s.count({.table = &table, .prefix = {}}); });
  }

  std::size_t batch = 1'000;
  std::size_t erased_per_unit = 500;
  std::unique_ptr<Indexer> indexer;
  std::unique_ptr<Searcher> searcher;
};

TEST_F(SearchTest, FindsWordsInAllScripts) {
  const RoomId room = make_room(alice);
  for (const char* text :
       {"The quarterly Budget review", "我们明天开会", "請確認合約", "サーバーを再起動します", "budgets"}) {
    ASSERT_TRUE(send(alice, room, text));
  }
  EXPECT_THAT(find(alice, "budget"), ElementsAre("budgets", "The quarterly Budget review"));
  EXPECT_THAT(find(alice, "review BUDGET"), ElementsAre("The quarterly Budget review"));
  EXPECT_THAT(find(alice, "开会"), ElementsAre("我们明天开会"));
  EXPECT_THAT(find(alice, "約"), ElementsAre("請確認合約"));
  EXPECT_THAT(find(alice, "再起動"), ElementsAre("サーバーを再起動します"));
  EXPECT_THAT(find(alice, "ｻｰﾊﾞｰ"), ElementsAre("サーバーを再起動します"));
  EXPECT_THAT(find(alice, "会议"), IsEmpty());
  EXPECT_THAT(find(alice, "!!"), IsEmpty());
}

TEST_F(SearchTest, FindsNamesAndTopicsByKey) {
  rooms::CreateRoom request;
  request.name = "Harbour project";
  request.topic = "harbour cranes";
  const RoomId room = make_room(alice, request);
  ASSERT_TRUE(send(alice, room, "the harbour is open"));
  EXPECT_THAT(find(alice, "harbour"),
              UnorderedElementsAre("Harbour project", "harbour cranes", "the harbour is open"));
  EXPECT_THAT(find(alice, "harbour", R"(,"keys":["content.name"])"), ElementsAre("Harbour project"));
  EXPECT_THAT(find(alice, "harbour", R"(,"keys":["content.topic"])"), ElementsAre("harbour cranes"));
  EXPECT_THAT(find(alice, "harbour", R"(,"keys":["content.body"])"), ElementsAre("the harbour is open"));
  EXPECT_THAT(find(alice, "harbour", R"(,"filter":{"types":["m.room.n*"]})"), ElementsAre("Harbour project"));
}

TEST_F(SearchTest, TheNewestContentIsFound) {
  const RoomId room = make_room(alice);
  const EventId event = *send(alice, room, "lunch at noon");
  EXPECT_THAT(find(alice, "noon"), ElementsAre("lunch at noon"));
  const EventId first = edit(alice, room, event, "lunch at one");
  EXPECT_THAT(find(alice, "noon"), IsEmpty());
  // The event that was edited, whose newest content is bundled with it.
  const auto found = search(alice, R"({"search_term":"one"})");
  ASSERT_EQ(found->results.size(), 1U);
  EXPECT_EQ(found->results[0].event->event->id(), event);
  EXPECT_NE(found->results[0].personal.find("lunch at one"), std::string::npos);
  const EventId second = edit(alice, room, event, "lunch at two");
  EXPECT_THAT(find(alice, "one"), IsEmpty());
  EXPECT_THAT(find(alice, "two"), ElementsAre("lunch at noon"));
  ASSERT_TRUE(redact(alice, room, second));
  EXPECT_THAT(find(alice, "two"), IsEmpty());
  EXPECT_THAT(find(alice, "one"), ElementsAre("lunch at noon"));
  ASSERT_TRUE(redact(alice, room, first));
  EXPECT_THAT(find(alice, "noon"), ElementsAre("lunch at noon"));
  ASSERT_TRUE(redact(alice, room, event));
  EXPECT_THAT(find(alice, "lunch"), IsEmpty());
}

TEST_F(SearchTest, RedactedContentIsNeverFound) {
  const RoomId room = make_room(alice);
  const EventId event = *send(alice, room, "the password is swordfish");
  EXPECT_THAT(find(alice, "swordfish"), ElementsAre("the password is swordfish"));
  ASSERT_TRUE(redact(alice, room, event));
  // Before the indexer has heard of it, too.
  EXPECT_THAT(search(alice, R"({"search_term":"swordfish"})")->results, IsEmpty());
  EXPECT_THAT(find(alice, "swordfish"), IsEmpty());
  EXPECT_EQ(search(alice, R"({"search_term":"swordfish"})")->count, 0);
}

TEST_F(SearchTest, OthersEditsCountForNothing) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  const EventId event = *send(alice, room, "yes");
  edit(bob, room, event, "forged");
  EXPECT_THAT(find(alice, "forged"), IsEmpty());
  EXPECT_THAT(find(alice, "yes"), ElementsAre("yes"));
}

TEST_F(SearchTest, WhoWasNotThereFindsNothing) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(set_state(alice, room, "m.room.history_visibility", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(send(alice, room, "early secret"));
  EXPECT_THAT(find(bob, "secret"), IsEmpty());
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "shared secret"));
  EXPECT_THAT(find(bob, "secret"), ElementsAre("shared secret"));
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(send(alice, room, "late secret"));
  EXPECT_THAT(find(bob, "secret"), ElementsAre("shared secret"));
  EXPECT_EQ(search(bob, R"({"search_term":"secret"})")->count, 1);
  EXPECT_THAT(find(alice, "secret"), ElementsAre("late secret", "shared secret", "early secret"));
  ASSERT_TRUE(forget(bob, room));
  EXPECT_THAT(find(bob, "secret"), IsEmpty());
}

TEST_F(SearchTest, EditsThatAReaderDoesNotSeeAreNotFound) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  const EventId event = *send(alice, room, "draft");
  ASSERT_TRUE(leave(bob, room));
  edit(alice, room, event, "classified");
  EXPECT_THAT(find(bob, "classified"), IsEmpty());
  EXPECT_THAT(find(alice, "classified"), ElementsAre("draft"));
}

TEST_F(SearchTest, EncryptedRoomsAreNotIndexed) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "before encryption"));
  EXPECT_THAT(find(alice, "encryption"), ElementsAre("before encryption"));
  ASSERT_TRUE(set_state(alice, room, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}));
  EXPECT_THAT(search(alice, R"({"search_term":"encryption"})")->results, IsEmpty());
  ASSERT_TRUE(send(alice, room, "plain by mistake"));
  EXPECT_THAT(find(alice, "mistake"), IsEmpty());
  EXPECT_EQ(count(kSegments), 0);
  EXPECT_EQ(count(kChunks), 0);
  EXPECT_EQ(count(kProgress), 2);
}

TEST_F(SearchTest, TheIndexOfARoomGoesBitByBitAndThroughARestart) {
  erased_per_unit = 2;
  open();
  const RoomId room = make_room(alice);
  const RoomId other = make_room(alice);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int word = 0; word < 60; ++word) text += "w" + std::to_string(i * 60 + word) + " ";
    ASSERT_TRUE(send(alice, room, text + "secret"));
  }
  ASSERT_TRUE(send(alice, other, "secret elsewhere"));
  catch_up();
  const std::int64_t before = count(kChunks);
  ASSERT_GT(before, 12);
  ASSERT_TRUE(set_state(alice, room, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}));
  EXPECT_TRUE(*indexer->step()) << "there is more to do";
  EXPECT_EQ(count(kChunks), before) << "the index is marked";
  EXPECT_EQ(count(kSegments), 1) << "and not searched any more";
  ASSERT_TRUE(send(alice, other, "secret later"));
  std::int64_t left = before;
  int steps = 0;
  for (; count(kProgress) > 2; ++steps) {
    ASSERT_LT(steps, 1'000);
    ASSERT_TRUE(indexer->step());
    EXPECT_GE(count(kChunks), left - 2);
    left = count(kChunks);
    if (steps % 3 == 0) open();
  }
  EXPECT_GT(steps, 5);
  EXPECT_THAT(find(alice, "secret"), ElementsAre("secret later", "secret elsewhere"));
  EXPECT_EQ(count(kChunks), 1);
}

// The store of a database tells its listeners of a change before it moves its last position.
class TellsFirst final : public storage::Store {
 public:
  explicit TellsFirst(storage::Store& store) : store_(store), position_(store.last_position()) {}
  storage::CommitTicket submit(storage::UnitOfWork work) override { return store_.submit(std::move(work)); }
  std::uint64_t epoch() const override { return store_.epoch(); }
  StreamPosition last_position() const override { return position_; }
  void add_listener(storage::StreamListener& listener) override { store_.add_listener(listener); }
  void set_record_listener(storage::RecordListener& listener) override {
    store_.set_record_listener(listener);
  }
  Result<std::vector<std::string>> check_integrity(const std::function<void(double)>& progress) override {
    return store_.check_integrity(progress);
  }
  Result<void> migrate(std::span<const storage::Migration> migrations) override {
    return store_.migrate(migrations);
  }
  void move_position() { position_ = store_.last_position(); }

 protected:
  void submit_read(ReadJob job) override { with_snapshot(std::move(job)); }
  void with_snapshot(ReadJob job) override {
    const auto done = store_.read_blocking([&](storage::Snapshot& snapshot) -> Result<void> {
      job(&snapshot);
      return {};
    });
    ensure(done.has_value(), "a store in memory can be read");
  }

 private:
  storage::Store& store_;
  StreamPosition position_;
};

TEST_F(SearchTest, WhatTheStoreToldOfIsFoundBeforeItsPositionMoves) {
  TellsFirst late(store);
  Indexer listening(
      Indexer::Ports{late, *server->keys, server->gate, clock, random, server->metrics, Logger::silent()},
      {});
  late.add_listener(listening);
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "told of"));
  for (int i = 0; i < 100; ++i) {
    const auto more = listening.step();
    ASSERT_TRUE(more) << more.error().to_log();
    if (!*more) break;
  }
  EXPECT_EQ(search(alice, R"({"search_term":"told"})")->results.size(), 1U);
  late.move_position();
  EXPECT_FALSE(*listening.step());
  store.drop_pending();  // nobody listens any more
}

TEST_F(SearchTest, ADestroyedKeyTakesTheIndexWithIt) {
  const RoomId room = make_room(alice);
  const RoomId other = make_room(alice);
  ASSERT_TRUE(send(alice, room, "shredded"));
  ASSERT_TRUE(send(alice, other, "shredded elsewhere"));
  EXPECT_EQ(find(alice, "shredded").size(), 2U);
  storage::UnitOfWork work;
  server->keys->destroy_in(work, crypto::KeyScope::Room, room.view());
  commit(std::move(work));
  server->keys->forget(crypto::KeyScope::Room, room.view());
  EXPECT_THAT(find(alice, "shredded"), ElementsAre("shredded elsewhere"));
}

TEST_F(SearchTest, GoesOnAfterARestart) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "first message"));
  catch_up();
  ASSERT_TRUE(send(alice, room, "second message"));
  const auto before = *indexer->status();
  EXPECT_LT(before.position, before.target);
  start();
  open();
  EXPECT_EQ(indexer->status()->position, before.position);
  EXPECT_THAT(find(alice, "message"), ElementsAre("second message", "first message"));
  EXPECT_EQ(indexer->status()->position, indexer->status()->target);
}

TEST_F(SearchTest, ARebuildFindsTheSame) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(send(alice, room, "message number " + std::to_string(i)));
  const auto before = find(alice, "message", R"(,"filter":{"limit":50})");
  EXPECT_EQ(before.size(), 30U);
  gate::Subject administrator = subject(alice);
  administrator.role = gate::Role::Administrator;
  auto rebuilding = indexer->rebuild(permit(administrator, gate::Operation::AdminSearchRebuild));
  ASSERT_TRUE(run(std::move(rebuilding)));
  EXPECT_TRUE(indexer->status()->is_rebuilding);
  EXPECT_EQ(find(alice, "message", R"(,"filter":{"limit":50})"), before);
  EXPECT_FALSE(indexer->status()->is_rebuilding);
}

// What was merged at leisure is found as before, and a newer segment still removes what an older one holds.
TEST_F(SearchTest, SegmentsAreMergedAtLeisure) {
  batch = 40;
  open();
  const RoomId room = make_room(alice);
  const RoomId other = make_room(alice);
  std::vector<EventId> sent;
  for (int i = 0; i < 400; ++i) {
    sent.push_back(*send(alice, i % 4 == 0 ? other : room, "item n" + std::to_string(i)));
    if (i == 330) ASSERT_TRUE(redact(alice, other, sent[100]));
    if (i % 90 == 0) catch_up();
  }
  catch_up();
  const std::string all = R"(,"filter":{"limit":100})";
  const auto before = find(alice, "item", all);
  const std::int64_t segments = count(kSegments);
  ASSERT_GT(segments, 2);
  for (int i = 0; i < 10 && *indexer->tidy(); ++i) {
  }
  EXPECT_LT(count(kSegments), segments);
  EXPECT_EQ(find(alice, "item", all), before);
  EXPECT_THAT(find(alice, "n100"), IsEmpty());
  EXPECT_FALSE(*indexer->tidy());
  // After a restart it is known again which rooms are left.
  start();
  open();
  EXPECT_FALSE(*indexer->tidy());
  EXPECT_EQ(find(alice, "item", all), before);
}

TEST_F(SearchTest, AnIndexOfAnotherLayoutIsMadeAgain) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "message of old"));
  catch_up();
  // As an earlier version would have left it: nothing is where it is looked for.
  storage::UnitOfWork work;
  work.erase(kSegments, {room.str()});
  work.upsert(kProgress, {std::string("format"), kIndexFormat - 1, std::int64_t{0}});
  commit(std::move(work));
  open();
  EXPECT_TRUE(*indexer->step());
  EXPECT_THAT(find(alice, "message"), ElementsAre("message of old"));
  start();
  open();
  EXPECT_FALSE(*indexer->step()) << "once";
}

TEST_F(SearchTest, SegmentsAreMergedAndStayRight) {
  batch = 40;
  open();
  const RoomId room = make_room(alice);
  std::vector<EventId> sent;
  for (int i = 0; i < 700; ++i) {
    sent.push_back(*send(alice, room, "item n" + std::to_string(i) + (i % 7 == 0 ? " seventh" : "")));
    if (i % 100 == 50)
      edit(alice, room, sent[static_cast<std::size_t>(i) / 2], "edited x" + std::to_string(i));
    if (i % 100 == 60) ASSERT_TRUE(redact(alice, room, sent[static_cast<std::size_t>(i) / 3]));
    if (i % 90 == 0) catch_up();
  }
  catch_up();
  EXPECT_LE(count(kSegments), 5);
  EXPECT_THAT(find(alice, "n699"), ElementsAre("item n699"));
  EXPECT_THAT(find(alice, "x650"), ElementsAre("item n325"));
  EXPECT_THAT(find(alice, "n325"), IsEmpty()) << "it was edited";
  EXPECT_THAT(find(alice, "n220"), IsEmpty()) << "it was redacted";
  EXPECT_EQ(search(alice, R"({"search_term":"seventh","filter":{"limit":5}})")->count, 99)
      << "100, of which one was edited";
}

TEST_F(SearchTest, PagesMeetAndEnd) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 25; ++i)
    ASSERT_TRUE(
        send(alice, room,
             "page " + std::string(static_cast<std::size_t>(i % 3) * 40, 'a') + " " + std::to_string(i)));
  catch_up();
  for (const char* order : {"rank", "recent"}) {
    std::vector<EventId> all;
    std::optional<std::string> next;
    for (int page = 0; page < 10; ++page) {
      const auto found = search(
          alice, R"({"search_term":"page","filter":{"limit":4},"order_by":")" + std::string(order) + "\"}",
          next);
      ASSERT_TRUE(found) << found.error().to_log();
      EXPECT_EQ(found->count, 25);
      for (const FoundEvent& result : found->results) all.push_back(result.event->event->id());
      if (!found->next) break;
      next = render_cursor(*found->next);
    }
    EXPECT_EQ(all.size(), 25U) << order;
    EXPECT_EQ(std::set<EventId>(all.begin(), all.end()).size(), 25U) << order;
  }
}

TEST_F(SearchTest, RanksShortAndExactFirst) {
  const RoomId room = make_room(alice);
  std::string filler;
  for (int i = 0; i < 80; ++i) filler += " word" + std::to_string(i);
  ASSERT_TRUE(send(alice, room, "tea"));
  ASSERT_TRUE(send(alice, room, "teapots"));
  ASSERT_TRUE(send(alice, room, "tea" + filler));
  catch_up();
  const auto found = search(alice, R"({"search_term":"tea"})");
  ASSERT_EQ(found->results.size(), 3U);
  EXPECT_EQ(rooms::testing::body_of(found->results[0].event), "tea");
  EXPECT_EQ(rooms::testing::body_of(found->results[1].event), "teapots");
  EXPECT_GT(found->results[0].rank, found->results[2].rank);
  EXPECT_THAT(found->highlights, ElementsAre("tea", "teapots"));
}

TEST_F(SearchTest, GroupsGoOnByThemselves) {
  const RoomId one = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId two = make_room(alice);
  ASSERT_TRUE(join(bob, one));
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(send(alice, one, "plan one " + std::to_string(i)));
    ASSERT_TRUE(send(bob, one, "plan bob " + std::to_string(i)));
    ASSERT_TRUE(send(alice, two, "plan two " + std::to_string(i)));
  }
  catch_up();
  const std::string criteria =
      R"({"search_term":"plan","order_by":"recent","filter":{"limit":6},"groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]}})";
  const auto found = search(alice, criteria);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->rooms.size(), 2U);
  ASSERT_EQ(found->senders.size(), 2U);
  const FoundGroup& of_two = found->rooms.at(two.str());
  EXPECT_EQ(of_two.results.size(), 2U);
  EXPECT_EQ(of_two.order, 1);
  ASSERT_TRUE(of_two.next);
  const auto more = search(alice, criteria, render_cursor(*of_two.next));
  ASSERT_EQ(more->results.size(), 4U);
  for (const FoundEvent& result : more->results) EXPECT_EQ(result.event->event->room(), two);
  EXPECT_FALSE(more->next);
  EXPECT_FALSE(more->rooms.at(two.str()).next);
  const FoundGroup& of_bob = found->senders.at(bob.str());
  ASSERT_TRUE(of_bob.next);
  const auto bobs = search(alice, criteria, render_cursor(*of_bob.next));
  EXPECT_EQ(bobs->results.size(), 6U - of_bob.results.size());
  for (const FoundEvent& result : bobs->results) EXPECT_EQ(result.event->sender, bob);
}

TEST_F(SearchTest, NoPageThatIsPromisedIsEmpty) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId other = make_room(alice);
  ASSERT_TRUE(join(bob, room));
  std::vector<EventId> old;
  for (int i = 0; i < 3; ++i) old.push_back(*send(bob, room, "plan from long ago " + std::to_string(i)));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(send(alice, other, "plan elsewhere " + std::to_string(i)));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(send(bob, room, "plan of bob " + std::to_string(i)));
  catch_up();
  // Not taken out of the index yet.
  for (const EventId& event : old) ASSERT_TRUE(redact(bob, room, event));
  const auto criteria = [](int limit) {
    return R"({"search_term":"plan","order_by":"recent","filter":{"limit":)" + std::to_string(limit) +
           R"(},"groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]}})";
  };
  const auto page = search(alice, criteria(3));
  ASSERT_EQ(page->results.size(), 3U);
  EXPECT_EQ(page->count, 4);
  EXPECT_FALSE(page->rooms.at(room.str()).next);
  EXPECT_FALSE(page->senders.at(bob.str()).next);
  ASSERT_TRUE(page->rooms.at(other.str()).next);
  ASSERT_TRUE(page->senders.at(alice.str()).next);
  ASSERT_TRUE(page->next);
  const auto last = search(alice, criteria(3), render_cursor(*page->next));
  EXPECT_EQ(last->results.size(), 1U);
  EXPECT_EQ(last->count, 4);
  EXPECT_FALSE(last->next);
  EXPECT_EQ(search(alice, criteria(3), render_cursor(*page->rooms.at(other.str()).next))->results.size(), 1U);
  const auto whole = search(alice, criteria(4));
  EXPECT_EQ(whole->results.size(), 4U);
  EXPECT_FALSE(whole->next);
}

TEST_F(SearchTest, FiltersRoomsAndSenders) {
  const RoomId one = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId two = make_room(alice);
  ASSERT_TRUE(join(bob, one));
  ASSERT_TRUE(send(alice, one, "note a"));
  ASSERT_TRUE(send(bob, one, "note b"));
  ASSERT_TRUE(send(alice, two, "note c"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"rooms":[")" + two.str() + "\"]}"), ElementsAre("note c"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"not_rooms":[")" + two.str() + "\"]}"),
              ElementsAre("note b", "note a"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"senders":["@bob:example.org"]})"), ElementsAre("note b"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"not_senders":["@bob:example.org"]})"),
              ElementsAre("note c", "note a"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"contains_url":true})"), IsEmpty());
}

TEST_F(SearchTest, GivesContextAndState) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(send(alice, room, i == 4 ? "needle" : "hay " + std::to_string(i)));
  catch_up();
  const auto found = search(
      alice,
      R"({"search_term":"needle","include_state":true,"event_context":{"before_limit":2,"after_limit":3,"include_profile":true}})");
  ASSERT_EQ(found->results.size(), 1U);
  const FoundContext& context = *found->results[0].context;
  ASSERT_EQ(context.before.size(), 2U);
  ASSERT_EQ(context.after.size(), 3U);
  EXPECT_EQ(rooms::testing::body_of(context.before[0].event), "hay 3");
  EXPECT_EQ(rooms::testing::body_of(context.after[0].event), "hay 5");
  EXPECT_TRUE(context.profiles.contains(alice));
  EXPECT_EQ(found->state.at(room).size(), state(room)->size());
}

TEST_F(SearchTest, TheIndexHoldsNoText) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "confidential acquisition 收购"));
  catch_up();
  const auto rows =
      *store.read_blocking([](storage::Snapshot& s) { return s.scan({.table = &kChunks, .prefix = {}}); });
  ASSERT_FALSE(rows.empty());
  const Tokens tokens(*server->keys->cached(crypto::KeyScope::Room, room.view()));
  const Token token = tokens.word("confidential");
  for (const storage::Row& row : rows) {
    const std::string_view sealed = as_text(storage::blob(row[3]));
    EXPECT_EQ(sealed.find("confidential"), std::string_view::npos);
    EXPECT_EQ(sealed.find("收购"), std::string_view::npos);
    EXPECT_EQ(sealed.find(std::string_view(reinterpret_cast<const char*>(&token), sizeof token)),
              std::string_view::npos);
  }
}

}  // namespace
}  // namespace kuramori::search
