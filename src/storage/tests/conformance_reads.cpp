#include "storage/tests/conformance.hpp"

namespace kuramori::storage {
namespace {

using Names = std::vector<std::string>;

TEST_P(StoreConformance, ScansThePrimaryKeyInOrderOfOctets) {
  for (const char* name : {"b", "a", "ab", "B", "é", "Z", "aa", "\xff", "a\x01", "上"})
    insert_person(name, Null{}, Null{});
  const Names sorted = {"B", "Z", "a", "a\x01", "aa", "ab", "b", "é", "上", "\xff"};
  EXPECT_EQ(names({.table = &kPeople}), sorted);
  EXPECT_EQ(names({.table = &kPeople, .direction = Direction::Backward}),
            Names(sorted.rbegin(), sorted.rend()));
}

TEST_P(StoreConformance, ScansHonourBoundsAndLimits) {
  UnitOfWork work;
  for (std::int64_t i = 1; i <= 20; ++i) {
    work.insert(kEvents, {i, i % 2 == 0 ? "!even" : "!odd", "$" + std::to_string(i), Bytes{}});
  }
  must_commit(std::move(work));
  const auto positions = [&](const Scan& wanted) {
    std::vector<std::int64_t> found;
    for (const Row& row : scan(wanted)) found.push_back(integer(row[0]));
    return found;
  };
  using List = std::vector<std::int64_t>;
  const Index& by_room = kEvents.index("events_by_room");
  const Scan even{.table = &kEvents, .index = &by_room, .prefix = {"!even"}};
  Scan s = even;
  EXPECT_EQ(positions(s), (List{2, 4, 6, 8, 10, 12, 14, 16, 18, 20}));
  s.from = number(5);
  EXPECT_EQ(positions(s), (List{6, 8, 10, 12, 14, 16, 18, 20}));
  s.below = number(14);
  EXPECT_EQ(positions(s), (List{6, 8, 10, 12}));
  EXPECT_EQ(count(s), 4);
  s.limit = 3;
  EXPECT_EQ(positions(s), (List{6, 8, 10}));
  EXPECT_EQ(count(s), 4);
  s.direction = Direction::Backward;
  EXPECT_EQ(positions(s), (List{12, 10, 8}));
  s.from = std::nullopt;
  EXPECT_EQ(positions(s), (List{12, 10, 8}));
  s.limit = 0;
  EXPECT_EQ(positions(s), List{});
  EXPECT_EQ(positions({.table = &kEvents, .from = number(6)}).front(), 6);
  EXPECT_EQ(positions({.table = &kEvents, .from = number(6), .below = number(6)}), List{});
  EXPECT_EQ(positions({.table = &kEvents, .from = number(9), .below = number(3)}), List{});
  EXPECT_EQ(positions({.table = &kEvents, .from = number(21)}), List{});
  EXPECT_EQ(positions({.table = &kEvents, .below = number(-1)}), List{});
  EXPECT_EQ(positions({.table = &kEvents, .from = number(19), .direction = Direction::Backward}),
            (List{20, 19}));
  EXPECT_EQ(positions({.table = &kEvents, .index = &by_room, .prefix = {"!nowhere"}}), List{});
}

TEST_P(StoreConformance, ScansLeadingColumnsOfAKey) {
  UnitOfWork work;
  for (const char* room : {"!a", "!ab", "!b"}) {
    for (const char* user : {"@x", "@y"}) {
      for (std::int64_t since = 1; since <= 3; ++since) work.insert(kMembers, {room, user, since, Null{}});
    }
  }
  must_commit(std::move(work));
  EXPECT_EQ(scan({.table = &kMembers, .prefix = {"!a"}}).size(), 6U);
  EXPECT_EQ(scan({.table = &kMembers, .prefix = {"!a", "@x"}}).size(), 3U);
  EXPECT_EQ(scan({.table = &kMembers, .prefix = {"!a", "@x", number(2)}}).size(), 1U);
  EXPECT_EQ(scan({.table = &kMembers, .prefix = {"!a"}, .from = "@y"}).size(), 3U);
  EXPECT_EQ(scan({.table = &kMembers, .prefix = {"!a", "@x"}, .below = number(3)}).size(), 2U);
  EXPECT_EQ(scan({.table = &kMembers, .from = "!ab", .below = "!b"}).size(), 6U);
}

TEST_P(StoreConformance, NullComesFirstAndFollowsThePrimaryKey) {
  insert_person("d", number(10), Null{});
  insert_person("c", Null{}, Null{});
  insert_person("b", number(10), Null{});
  insert_person("a", Null{}, Null{});
  insert_person("e", number(-5), Null{});
  const Index& by_age = kPeople.index("people_by_age");
  EXPECT_EQ(names({.table = &kPeople, .index = &by_age}), (Names{"a", "c", "e", "b", "d"}));
  EXPECT_EQ(names({.table = &kPeople, .index = &by_age, .direction = Direction::Backward}),
            (Names{"d", "b", "e", "c", "a"}));
  EXPECT_EQ(names({.table = &kPeople, .index = &by_age, .prefix = {Null{}}}), (Names{"a", "c"}));
  EXPECT_EQ(names({.table = &kPeople, .index = &by_age, .prefix = {number(10)}, .from = "c"}), Names{"d"});
  EXPECT_EQ(names({.table = &kPeople, .index = &by_age, .below = number(10)}), Names{"e"});
  EXPECT_EQ(names({.table = &kPeople, .index = &by_age, .from = number(-5)}), (Names{"e", "b", "d"}));
}

TEST_P(StoreConformance, ScansAnIndexOfTwoColumns) {
  insert_person("a", number(1), "Tokyo");
  insert_person("b", number(3), "Tokyo");
  insert_person("c", number(2), "Tokyo");
  insert_person("d", number(2), "Taipei");
  insert_person("e", Null{}, "Tokyo");
  const Index& index = kPeople.index("people_by_city_and_age");
  EXPECT_EQ(names({.table = &kPeople, .index = &index, .prefix = {"Tokyo"}}), (Names{"e", "a", "c", "b"}));
  EXPECT_EQ(names({.table = &kPeople, .index = &index, .prefix = {"Tokyo"}, .from = number(2)}),
            (Names{"c", "b"}));
  EXPECT_EQ(names({.table = &kPeople, .index = &index, .prefix = {"Tokyo", number(2)}}), Names{"c"});
  EXPECT_EQ(names({.table = &kPeople, .index = &index, .from = "Tb"}), (Names{"e", "a", "c", "b"}));
}

TEST_P(StoreConformance, VisitsRowByRowWhateverTheLimit) {
  UnitOfWork work;
  for (std::int64_t i = 1; i <= 3000; ++i) work.insert(kEvents, {i, "!r", "$" + std::to_string(i), Bytes{}});
  must_commit(std::move(work));
  std::int64_t seen = 0;
  std::int64_t nested = 0;
  auto query = [&](Snapshot& s) {
    return s.for_each({.table = &kEvents}, [&](Row&& row) {
      ++seen;
      // A scan of the same shape while this one goes on.
      if (seen % 1000 == 0)
        nested += static_cast<std::int64_t>(s.scan({.table = &kEvents, .limit = 2})->size());
      EXPECT_EQ(integer(row[0]), seen);
      return true;
    });
  };
  EXPECT_TRUE(store_->read_blocking(query));
  EXPECT_EQ(seen, 3000);
  EXPECT_EQ(nested, 6);
  seen = 0;
  const auto stop_at_ten = [&](Snapshot& s) {
    return s.for_each({.table = &kEvents}, [&](Row&&) { return ++seen < 10; });
  };
  EXPECT_TRUE(store_->read_blocking(stop_at_ten));
  EXPECT_EQ(seen, 10);
  EXPECT_EQ(scan({.table = &kEvents}).size(), 1000U);
}

TEST_P(StoreConformance, AnEmptyStoreHasItsFirstNumbers) {
  EXPECT_EQ(last(Sequence::Stream), 0);
  EXPECT_EQ(last(Sequence::Audit), -1);
  EXPECT_EQ(store_->last_position().value, 0);
  EXPECT_EQ(store_->epoch(), 1U);
  EXPECT_EQ(count({.table = &kPeople}), 0);
}

TEST_P(StoreConformance, ASnapshotSeesNothingLater) {
  insert_person("alice", number(1), Null{});
  auto query = [&](Snapshot& s) -> Result<std::int64_t> {
    KURAMORI_TRY(before, s.count({.table = &kPeople}));
    EXPECT_EQ(before, 1);
    UnitOfWork work;
    const NextOf position = work.next(Sequence::Stream);
    work.insert(kEvents, {position, "!r", "$1", Bytes{}});
    work.upsert(kPeople, {"alice", number(2), Null{}, Null{}});
    work.insert(kPeople, {"bob", Null{}, Null{}, Null{}});
    must_commit(std::move(work));
    KURAMORI_TRY(alice, s.get(kPeople, {"alice"}));
    EXPECT_EQ(integer((*alice)[1]), 1);
    KURAMORI_TRY(events, s.count({.table = &kEvents}));
    EXPECT_EQ(events, 0);
    KURAMORI_TRY(position_seen, s.last(Sequence::Stream));
    EXPECT_EQ(position_seen, 0);
    return s.count({.table = &kPeople});
  };
  const auto inside = store_->read_blocking(query);
  ASSERT_TRUE(inside);
  EXPECT_EQ(*inside, 1);
  EXPECT_EQ(count({.table = &kPeople}), 2);
  EXPECT_EQ(last(Sequence::Stream), 1);
}

TEST_P(StoreConformance, ReadsResumeTheCoroutineThatAsked) {
  insert_person("alice", number(7), Null{});
  auto ask = [](Reader& reader) -> runtime::Task<std::int64_t> {
    auto query = [](Snapshot& s) { return s.get(kPeople, {"alice"}); };
    auto row = co_await reader.read(std::move(query));
    co_return integer((**row)[1]);
  };
  EXPECT_EQ(executor_.run(ask(*store_)), 7);
}

TEST_P(StoreConformance, AddsColumnsAndIndexes) {
  insert_person("alice", number(7), "Tokyo");
  static const Table kWider = [] {
    Table table = kPeople;
    table.columns.push_back({"phone", ColumnType::Text, Nullable::Yes});
    table.indexes.push_back({.name = "people_by_phone", .columns = {"phone"}});
    return table;
  }();
  std::vector<Migration> migrations = conformance_migrations();
  migrations.push_back({3,
                        "phones",
                        {AddColumn{"people", {"phone", ColumnType::Text, Nullable::Yes}},
                         CreateIndex{"people", kWider.index("people_by_phone")},
                         // Once more: a fresh store has them from its table already.
                         AddColumn{"people", {"phone", ColumnType::Text, Nullable::Yes}},
                         CreateIndex{"people", kWider.index("people_by_phone")}, DropTable{"tags"}}});
  ASSERT_TRUE(store_->migrate(migrations));
  ASSERT_TRUE(store_->migrate(migrations));
  EXPECT_EQ(get(kWider, {"alice"}), (Row{"alice", number(7), "Tokyo", Null{}, Null{}}));
  UnitOfWork work;
  work.insert(kWider, {"bob", Null{}, Null{}, Null{}, "123"});
  must_commit(std::move(work));
  EXPECT_EQ(names({.table = &kWider, .index = &kWider.index("people_by_phone"), .prefix = {"123"}}),
            Names{"bob"});
  EXPECT_FALSE(store_->read_blocking([](Snapshot& s) { return s.count({.table = &kTags}); }));
}

TEST_P(StoreConformance, MigrationsAreAllOrNothingAndNeverGoBack) {
  std::vector<Migration> failing = conformance_migrations();
  failing.push_back({3, "bad", {DropTable{"tags"}, CreateTable{&kPeople}}});
  EXPECT_FALSE(store_->migrate(failing));
  EXPECT_EQ(count({.table = &kTags}), 0);
  std::vector<Migration> fewer = conformance_migrations();
  fewer.pop_back();
  const auto refused = store_->migrate(fewer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "KURAMORI_STORE_NEWER");
  std::vector<Migration> other = conformance_migrations();
  other[1].name = "something else";
  EXPECT_FALSE(store_->migrate(other));
}

}  // namespace
}  // namespace kuramori::storage
