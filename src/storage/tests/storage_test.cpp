#include <gtest/gtest.h>

#include "storage/checks.hpp"
#include "storage/key_cache.hpp"

namespace kuramori::storage {
namespace {

const Table kPeople{.name = "people",
                    .columns = {{"name", ColumnType::Text},
                                {"number", ColumnType::Integer},
                                {"picture", ColumnType::Blob, Nullable::Yes}},
                    .key_columns = 1,
                    .indexes = {{.name = "people_number", .columns = {"number"}, .unique = true}}};

ErrorCode code_of(const Result<void>& result) {
  return result ? throw std::runtime_error("no error") : result.error().code();
}

TEST(UnitOfWork, GivesPlaceholdersPerSequence) {
  UnitOfWork work;
  EXPECT_EQ(work.next(Sequence::Stream), (NextOf{Sequence::Stream, 0}));
  EXPECT_EQ(work.next(Sequence::Audit), (NextOf{Sequence::Audit, 0}));
  EXPECT_EQ(work.next(Sequence::Stream), (NextOf{Sequence::Stream, 1}));
  EXPECT_EQ(work.taken(Sequence::Stream), 2U);
  CommitReceipt receipt;
  receipt.first[0] = 40;
  EXPECT_EQ(receipt.position({Sequence::Stream, 1}).value, 41);
}

TEST(UnitOfWork, AcceptsWhatFits) {
  UnitOfWork work;
  const NextOf number = work.next(Sequence::Audit);
  work.insert(kPeople, {"alice", number, Null{}});
  work.upsert(kPeople, {"bob", std::int64_t{7}, Bytes{1, 2}});
  work.erase(kPeople, {"carol"});
  work.expect(kPeople, {"dave"}, false);
  EXPECT_TRUE(check_unit(work));
}

TEST(UnitOfWork, RefusesWhatDoesNotFit) {
  const std::vector<Row> bad = {
      {"alice", std::int64_t{1}},                              // too narrow
      {"alice", std::int64_t{1}, Null{}, Null{}},              // too wide
      {"alice", "one", Null{}},                                // text for an integer
      {"alice", Null{}, Null{}},                               // null where it may not be
      {Bytes{1}, std::int64_t{1}, Null{}},                     // blob for text
      {"alice", NextOf{Sequence::Stream, 0}, Null{}},          // not taken
      {NextOf{Sequence::Stream, 0}, std::int64_t{1}, Null{}},  // placeholder for text
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    UnitOfWork work;
    work.insert(kPeople, bad[i]);
    EXPECT_EQ(code_of(check_unit(work)), ErrorCode::Internal) << "row " << i;
  }
  UnitOfWork erase;
  erase.erase(kPeople, {});
  EXPECT_FALSE(check_unit(erase));
  UnitOfWork expect;
  expect.expect(kPeople, {"a", std::int64_t{1}}, true);
  EXPECT_FALSE(check_unit(expect));
  UnitOfWork publish;
  publish.publish({Sequence::Stream, 0}, nullptr);
  EXPECT_FALSE(check_unit(publish));
  UnitOfWork other_sequence;
  other_sequence.publish(other_sequence.next(Sequence::Audit), nullptr);
  EXPECT_FALSE(check_unit(other_sequence));
}

TEST(Scan, ChecksPrefixAndBounds) {
  const Index& number = kPeople.index("people_number");
  EXPECT_TRUE(check_scan({.table = &kPeople}));
  EXPECT_TRUE(check_scan({.table = &kPeople, .index = &number, .prefix = {std::int64_t{1}}, .from = "a"}));
  EXPECT_EQ(scan_order({.table = &kPeople, .index = &number}), (std::vector<std::size_t>{1, 0}));
  EXPECT_FALSE(check_scan({.table = &kPeople, .prefix = {"a", std::int64_t{1}}}));
  EXPECT_FALSE(check_scan({.table = &kPeople, .prefix = {"a"}, .from = "b"}));
  EXPECT_FALSE(check_scan({.table = &kPeople, .from = Null{}}));
  EXPECT_FALSE(check_scan({.table = &kPeople, .below = std::int64_t{1}}));
  EXPECT_FALSE(check_scan({.table = &kPeople, .index = &number, .prefix = {NextOf{Sequence::Stream, 0}}}));
}

TEST(Schema, RefusesBadTables) {
  EXPECT_TRUE(check_table(kPeople));
  auto with = [](auto change) {
    Table table = kPeople;
    change(table);
    return check_table(table).has_value();
  };
  EXPECT_FALSE(with([](Table& t) { t.name = "People"; }));
  EXPECT_FALSE(with([](Table& t) { t.name = "people; drop"; }));
  EXPECT_FALSE(with([](Table& t) { t.name = "sequences"; }));
  EXPECT_FALSE(with([](Table& t) { t.columns[1].name = "name"; }));
  EXPECT_FALSE(with([](Table& t) { t.columns[1].name = "\"x"; }));
  EXPECT_FALSE(with([](Table& t) { t.key_columns = 0; }));
  EXPECT_FALSE(with([](Table& t) { t.key_columns = 3; }));  // a nullable key
  EXPECT_FALSE(with([](Table& t) { t.indexes[0].columns = {"nothing"}; }));
}

TEST(Migrations, RunWithoutGaps) {
  const std::vector<Migration> good = {{1, "first", {CreateTable{&kPeople}}}, {2, "second", {}}};
  EXPECT_TRUE(check_migrations(good));
  const std::vector<Migration> gap = {{1, "first", {}}, {3, "third", {}}};
  EXPECT_FALSE(check_migrations(gap));
  const std::vector<Migration> required = {{1, "x", {AddColumn{"people", {"age", ColumnType::Integer}}}}};
  EXPECT_FALSE(check_migrations(required));
  const std::vector<Migration> dropping = {{1, "x", {DropTable{"sequences"}}}};
  EXPECT_FALSE(check_migrations(dropping));
}

TEST(Migrations, RefuseANewerOrForeignStore) {
  const std::vector<Migration> known = {{1, "first", {}}, {2, "second", {}}};
  const std::vector<AppliedMigration> one = {{1, "first"}};
  EXPECT_EQ(*applied_prefix(known, one), 1U);
  const std::vector<AppliedMigration> newer = {{1, "first"}, {2, "second"}, {3, "third"}};
  EXPECT_EQ(applied_prefix(known, newer).error().reason(), "KURAMORI_STORE_NEWER");
  const std::vector<AppliedMigration> foreign = {{1, "other"}};
  EXPECT_EQ(applied_prefix(known, foreign).error().reason(), "KURAMORI_STORE_FOREIGN");
}

crypto::SecretKey numbered_key(std::uint8_t n) {
  std::array<std::uint8_t, 32> raw{};
  raw[0] = n;
  return crypto::SecretKey(raw);
}

TEST(KeyCache, IsBoundedAndForgetsForGood) {
  detail::KeyCache cache(32);
  using crypto::KeyScope;
  for (int i = 0; i < 1000; ++i) cache.put(KeyScope::Room, "!" + std::to_string(i), numbered_key(1));
  int held = 0;
  for (int i = 0; i < 1000; ++i)
    held += cache.get(KeyScope::Room, "!" + std::to_string(i)).has_value() ? 1 : 0;
  EXPECT_GT(held, 0);
  EXPECT_LE(held, 32);

  cache.put(KeyScope::Person, "@a:b", numbered_key(9));
  EXPECT_FALSE(cache.get(KeyScope::Room, "@a:b"));
  ASSERT_TRUE(cache.get(KeyScope::Person, "@a:b"));
  EXPECT_EQ(cache.get(KeyScope::Person, "@a:b")->view()[0], 9);
  cache.forget(KeyScope::Person, "@a:b");
  EXPECT_FALSE(cache.get(KeyScope::Person, "@a:b"));
  cache.put(KeyScope::Person, "@a:b", numbered_key(9));
  EXPECT_FALSE(cache.get(KeyScope::Person, "@a:b"));
}

}  // namespace
}  // namespace kuramori::storage
