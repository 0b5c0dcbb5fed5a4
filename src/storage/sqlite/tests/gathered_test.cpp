// What gathered indexes keep over ends of the process, and how databases of earlier versions come to have
// them.
#include <gtest/gtest.h>

#include <map>

#include "runtime/manual_executor.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/gathered_run.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/sqlite/tests/temporary_folder.hpp"
#include "storage/tests/conformance.hpp"

namespace kuramori::storage::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr GatheredSizes kTiny{.run_entries = 10, .cut_entries = 35};

runtime::Task<Result<CommitReceipt>> receipt_of_gathered(CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

std::string room_of_number(std::int64_t n) {
  return n % 3 == 0 ? "!a" : "!b";
}

class Gathered : public ::testing::Test {
 protected:
  fs::path path() const { return folder.path() / "test.db"; }

  std::unique_ptr<SqliteStore> open(const fs::path& at, const std::vector<Migration>& migrations) {
    auto store = SqliteStore::open({.path = at, .gathered = kTiny}, clock, metrics, Logger::silent());
    EXPECT_TRUE(store) << (store ? "" : store.error().to_log());
    if (!store) return nullptr;
    const auto migrated = (*store)->migrate(migrations);
    EXPECT_TRUE(migrated) << (migrated ? "" : migrated.error().to_log());
    return migrated ? *std::move(store) : nullptr;
  }
  std::unique_ptr<SqliteStore> open() { return open(path(), conformance_migrations()); }

  Result<CommitReceipt> insert(Store& store, const Table& table, std::int64_t n) {
    UnitOfWork work;
    work.insert(table,
                {work.next(Sequence::Stream), "$" + std::to_string(n), room_of_number(n), Bytes(9, 1)});
    return executor.run(receipt_of_gathered(store.submit(std::move(work))));
  }
  void fill(Store& store, std::int64_t first, std::int64_t last, const Table& table = kPosts) {
    for (std::int64_t n = first; n <= last; ++n) ASSERT_TRUE(insert(store, table, n));
  }

  // Every row up to `last` by its id, and all of a room in their order.
  static void expect_all(SqliteStore& store, std::int64_t last) {
    const auto checked = store.read_blocking([&](Snapshot& snapshot) -> Result<void> {
      std::map<std::string, std::vector<std::int64_t>> rooms;
      for (std::int64_t n = 1; n <= last; ++n) {
        rooms[room_of_number(n)].push_back(n);
        const std::string id = "$" + std::to_string(n);
        KURAMORI_TRY(
            found, snapshot.scan({.table = &kPosts, .index = &kPosts.index("posts_by_id"), .prefix = {id}}));
        EXPECT_TRUE(found.size() == 1 && integer(found[0][0]) == n) << n << " of " << last;
      }
      for (const auto& [room, numbers] : rooms) {
        KURAMORI_TRY(
            rows,
            snapshot.scan({.table = &kPosts, .index = &kPosts.index("posts_in_room"), .prefix = {room}}));
        std::vector<std::int64_t> found;
        for (const Row& row : rows) found.push_back(integer(row[0]));
        EXPECT_EQ(found, numbers) << last;
      }
      return {};
    });
    EXPECT_TRUE(checked) << (checked ? "" : checked.error().to_log());
    const auto findings = store.check_integrity(nullptr);
    ASSERT_TRUE(findings) << findings.error().to_log();
    EXPECT_EQ(*findings, std::vector<std::string>());
  }

  TemporaryFolder folder;
  SystemClock clock;
  MetricsRegistry metrics;
  runtime::ManualExecutor executor{clock};
};

TEST(SortedEntries, GivesOutAllInOrderAndAgainWhatWasNotKept) {
  const auto run = std::make_shared<GatheredRun>();
  std::vector<Entry> expected;
  for (std::int64_t n = 1; n <= 1000; ++n) {
    const Entry entry{.fingerprint = fingerprint_of("$" + std::to_string(n % 700)), .row = n};
    run->add(entry);
    expected.push_back(entry);
  }
  std::ranges::sort(expected);

  SortedEntries entries(run);
  for (std::size_t kept = 0; kept < expected.size(); kept += 250) {
    // A transaction that is taken back leaves its entries to the next one; at last beyond where parts end.
    for (std::size_t i = kept; i < expected.size(); ++i) ASSERT_EQ(entries.next(), expected[i]) << i;
    EXPECT_TRUE(entries.at_end());
    entries.back();
    for (std::size_t i = kept; i < kept + 250; ++i) ASSERT_EQ(entries.next(), expected[i]) << i;
    entries.keep();
  }
  EXPECT_TRUE(entries.at_end());
}

TEST_F(Gathered, EveryEndOfTheProcessKeepsThem) {
  std::int64_t last = 0;
  for (std::int64_t more = 1; more < 24; ++more) {
    const auto store = open();
    ASSERT_NE(store, nullptr);
    expect_all(*store, last);
    fill(*store, last + 1, last + more);
    last += more;
    expect_all(*store, last);
  }
}

// What a crash leaves: the files as they are at one moment between two commits.
TEST_F(Gathered, EveryCrashKeepsThem) {
  const auto store = open();
  ASSERT_NE(store, nullptr);
  for (std::int64_t n = 1; n <= 80; ++n) {
    ASSERT_TRUE(insert(*store, kPosts, n));
    const fs::path crashed = folder.path() / ("crash" + std::to_string(n) + ".db");
    fs::copy_file(path(), crashed);
    fs::copy_file(path().string() + "-wal", crashed.string() + "-wal");
    const auto again = open(crashed, conformance_migrations());
    ASSERT_NE(again, nullptr);
    expect_all(*again, n);
    fill(*again, n + 1, n + 25);
    expect_all(*again, n + 25);
  }
}

TEST_F(Gathered, RowsThatWereIndexedAtOnceAreGathered) {
  Table before = kPosts;
  before.indexes = {{.name = "posts_by_id", .columns = {"post_id"}, .unique = true},
                    {.name = "posts_in_room", .columns = {"room", "number"}}};
  {
    const auto store = open(path(), {{1, "posts", {CreateTable{&before}}}});
    ASSERT_NE(store, nullptr);
    fill(*store, 1, 95, before);
  }
  const std::vector<Migration> migrations = {
      {1, "posts", {CreateTable{&kPosts}}},
      {2, "gathered", {CreateIndex{"posts", kPosts.indexes[0]}, CreateIndex{"posts", kPosts.indexes[1]}}}};
  for (std::int64_t last = 95; last < 200; last += 15) {
    const auto store = open(path(), migrations);
    ASSERT_NE(store, nullptr);
    expect_all(*store, last);
    fill(*store, last + 1, last + 15);
  }
  const auto fresh = open(folder.path() / "fresh.db", migrations);
  ASSERT_NE(fresh, nullptr);
  fill(*fresh, 1, 30);
  expect_all(*fresh, 30);
}

TEST_F(Gathered, ARowBehindOthersIsRefused) {
  const auto store = open();
  ASSERT_NE(store, nullptr);
  fill(*store, 1, 3);
  const auto refused = [&](std::int64_t number) {
    UnitOfWork work;
    work.insert(kPosts, {number, "$early", "!a", Bytes()});
    const auto receipt = executor.run(receipt_of_gathered(store->submit(std::move(work))));
    EXPECT_FALSE(receipt) << number;
    return receipt ? ErrorCode::NotFound : receipt.error().code();
  };
  EXPECT_EQ(refused(0), ErrorCode::Internal);
  EXPECT_EQ(refused(2), ErrorCode::Conflict) << "its number is taken";
  const auto rows = store->read_blocking([](Snapshot& s) { return s.count({.table = &kPosts}); });
  EXPECT_TRUE(rows && *rows == 3) << "nothing of it is left";
  fill(*store, 4, 6);
  expect_all(*store, 6);
}

TEST_F(Gathered, AMissingEntryIsFound) {
  {
    const auto store = open();
    ASSERT_NE(store, nullptr);
    fill(*store, 1, 60);
  }
  {
    auto connection = Connection::open({.path = path(), .writable = true});
    ASSERT_TRUE(connection);
    ASSERT_TRUE(connection->run("DELETE FROM posts_in_room WHERE number=7"));
    ASSERT_TRUE(connection->run("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const auto store = open();
  ASSERT_NE(store, nullptr);
  const auto findings = store->check_integrity(nullptr);
  ASSERT_TRUE(findings) << findings.error().to_log();
  EXPECT_EQ(*findings, std::vector<std::string>{"index posts_in_room misses row 7 of table posts"});
}

}  // namespace
}  // namespace kuramori::storage::sqlite
