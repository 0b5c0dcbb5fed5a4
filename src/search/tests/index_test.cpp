// How the index comes to be, grows and goes.
#include "search_fixture.hpp"

namespace kuramori::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
