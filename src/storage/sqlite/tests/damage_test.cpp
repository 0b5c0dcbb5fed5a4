// A changed octet anywhere is noticed.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <future>
#include <thread>

#include "runtime/manual_executor.hpp"
#include "storage/sqlite/log_scan.hpp"
#include "storage/sqlite/page_checksum.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/sqlite/tests/temporary_folder.hpp"
#include "storage/tests/conformance.hpp"

namespace kuramori::storage::sqlite {
namespace {

namespace fs = std::filesystem;

TEST(PageChecksum, IsXxh64) {
  // From the specification's implementation: the empty input, and inputs around the sizes where the paths
  // change.
  EXPECT_EQ(xxh64({}, 0), 0xEF46DB3751D8E999U);
  EXPECT_EQ(xxh64(as_bytes("a"), 0), 0xD24EC4F1A98C6E5BU);
  EXPECT_EQ(xxh64(as_bytes("abc"), 0), 0x44BC2CF5AD770999U);
  EXPECT_EQ(xxh64(as_bytes("Nobody inspects the spammish repetition"), 0), 0xFBCEA83C8A378BF1U);
}

TEST(PageChecksum, CoversEveryOctetAndThePagesPlace) {
  std::array<std::uint8_t, kPageBytes> page{};
  for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<std::uint8_t>(i * 7);
  write_page_checksum(page, 42);
  EXPECT_TRUE(has_page_checksum(page, 42));
  EXPECT_FALSE(has_page_checksum(page, 43));
  for (std::size_t i = 0; i < page.size(); ++i) {
    page[i] ^= 0x10U;
    ASSERT_FALSE(has_page_checksum(page, 42)) << i;
    page[i] ^= 0x10U;
  }
}

runtime::Task<Result<CommitReceipt>> receipt_of_damaged(CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

void flip(const fs::path& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const int octet = file.get();
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(octet ^ 0x01));
}

class Damage : public ::testing::Test {
 protected:
  fs::path path() const { return folder.path() / "test.db"; }
  fs::path log() const { return path().string() + "-wal"; }
  Result<std::unique_ptr<SqliteStore>> open(const fs::path& at) {
    return SqliteStore::open({.path = at}, clock, metrics, Logger::silent());
  }
  void fill(Store& store, std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n) {
      UnitOfWork work;
      work.insert(kEvents, {work.next(Sequence::Stream), "!r", "$" + std::to_string(n), Bytes(700, 1)});
      work.insert(kPeople, {"p" + std::to_string(n), n, Null{}, Bytes(n == 3 ? 20'000 : 10, 2)});
      ASSERT_TRUE(executor.run(receipt_of_damaged(store.submit(std::move(work)))));
    }
  }
  void make_database() {
    auto store = open(path());
    ASSERT_TRUE(store) << store.error().to_log();
    ASSERT_TRUE((*store)->migrate(conformance_migrations()));
    fill(**store, 0, 60);
    // Free pages are part of the file too.
    UnitOfWork work;
    for (int n = 30; n < 60; ++n) work.erase(kPeople, {"p" + std::to_string(n)});
    for (std::int64_t n = 1; n < 30; ++n) work.erase(kEvents, {n});
    ASSERT_TRUE(executor.run(receipt_of_damaged((*store)->submit(std::move(work)))));
  }

  TemporaryFolder folder;
  SystemClock clock;
  MetricsRegistry metrics;
  runtime::ManualExecutor executor{clock};
};

TEST_F(Damage, OneChangedOctetAnywhereIsFound) {
  make_database();
  const std::uint64_t size = fs::file_size(path());
  ASSERT_GT(size, 20 * kPageBytes);
  const fs::path copy = folder.path() / "copy.db";
  int named = 0;
  for (std::uint64_t offset = 0; offset < size; offset += offset < 128 ? 1 : 997) {
    fs::copy_file(path(), copy, fs::copy_options::overwrite_existing);
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
    flip(copy, offset);
    auto store = open(copy);
    if (!store) {
      // So early that it cannot be opened at all: the header, or the page with the schema.
      ASSERT_TRUE(store.error().code() == ErrorCode::Corrupt ||
                  store.error().code() == ErrorCode::Unsupported)
          << offset << " " << store.error().to_log();
      continue;
    }
    const auto findings = (*store)->check_integrity(nullptr);
    ASSERT_TRUE(findings) << offset << " " << findings.error().to_log();
    const std::string page = "page " + std::to_string(offset / kPageBytes + 1) + " ";
    const bool found =
        std::ranges::any_of(*findings, [&](const std::string& f) { return f.starts_with(page); });
    ASSERT_TRUE(found) << "octet " << offset;
    ++named;
  }
  EXPECT_GT(named, 50);
}

TEST_F(Damage, AReadOfADamagedPageSaysSo) {
  make_database();
  // Every page but the first: whichever the scans below need.
  for (std::uint64_t at = 4 * kPageBytes + 100; at < fs::file_size(path()); at += kPageBytes)
    flip(path(), at);
  auto store = open(path());
  Result<std::vector<Row>> rows = internal_error("not read");
  if (store) {
    rows = (*store)->read_blocking([](Snapshot& s) { return s.scan({.table = &kPeople}); });
  } else {
    rows = store.error();
  }
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code(), ErrorCode::Corrupt);
  EXPECT_NE(rows.error().detail().find("page "), std::string::npos) << rows.error().to_log();
}

bool has_empty_page(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, kPageBytes> page{};
  while (file.read(page.data(), page.size())) {
    if (std::ranges::all_of(page, [](char octet) { return octet == 0; })) return true;
  }
  return false;
}

// A snapshot keeps what changed after it in the log; of new pages, those that did not change are moved behind
// them.
TEST_F(Damage, ANewPageThatLiesInTheLogAloneIsNone) {
  auto store = open(path());
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->migrate(conformance_migrations()));
  fill(**store, 0, 60);
  std::promise<void> looking;
  std::promise<void> looked;
  std::thread reader([&] {
    const auto held = (*store)->read_blocking([&](Snapshot& snapshot) -> Result<std::size_t> {
      KURAMORI_TRY(rows, snapshot.scan({.table = &kPeople}));
      looking.set_value();
      looked.get_future().wait();
      return rows.size();
    });
    EXPECT_TRUE(held);
  });
  looking.get_future().wait();
  UnitOfWork work;
  for (std::int64_t n = 0; n < 60; ++n)
    work.upsert(kPeople, {"p" + std::to_string(n), n + 1, Null{}, Bytes(n == 3 ? 20'000 : 10, 3)});
  EXPECT_TRUE(executor.run(receipt_of_damaged((*store)->submit(std::move(work)))));
  const auto findings = (*store)->check_integrity(nullptr);
  EXPECT_TRUE(has_empty_page(path()));
  looked.set_value();
  reader.join();
  ASSERT_TRUE(findings);
  EXPECT_TRUE(findings->empty()) << findings->front();
}

TEST_F(Damage, ASoundStoreHasNoFindingsAndShowsProgress) {
  make_database();
  auto store = open(path());
  ASSERT_TRUE(store);
  fill(**store, 100, 120);
  std::vector<double> progress;
  const auto findings = (*store)->check_integrity([&](double done) { progress.push_back(done); });
  ASSERT_TRUE(findings);
  EXPECT_TRUE(findings->empty()) << findings->front();
  ASSERT_GE(progress.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(progress));
  EXPECT_EQ(progress.back(), 1.0);
}

// A database and its log as a killed process leaves them.
class DamagedLog : public Damage {
 protected:
  void SetUp() override {
    auto store = open(path());
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->migrate(conformance_migrations()));
    fill(**store, 0, 20);
    fs::create_directory(folder.path() / "left");
    left = folder.path() / "left" / "test.db";
    for (const char* suffix : {"", "-wal"}) fs::copy_file(path().string() + suffix, left.string() + suffix);
    left_log = left.string() + "-wal";
  }
  std::int64_t events_left() {
    auto store = open(left);
    if (!store) return -1;
    return *(*store)->read_blocking([](Snapshot& s) { return s.count({.table = &kEvents}); });
  }
  fs::path left;
  fs::path left_log;
};

TEST_F(DamagedLog, AWholeLogIsTakenOver) {
  const auto findings = scan_log(left_log);
  ASSERT_TRUE(findings && *findings);
  EXPECT_GT((*findings)->sound_frames, 60U);
  EXPECT_GE((*findings)->sound_commits, 20U);
  EXPECT_EQ((*findings)->unverified_commits, 0U);
  EXPECT_EQ(events_left(), 20);
}

TEST_F(DamagedLog, DamageBeforeAcknowledgedTransactionsIsRefused) {
  flip(left_log, 32 + 4120 * 5 + 1000);
  const auto refused = open(left);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
  EXPECT_NE(refused.error().detail().find("frame 6 "), std::string::npos) << refused.error().to_log();
}

TEST_F(DamagedLog, ADamagedHeaderIsRefused) {
  flip(left_log, 10);
  EXPECT_EQ(open(left).error().code(), ErrorCode::Corrupt);
}

TEST_F(DamagedLog, AnUnfinishedEndIsWhatACrashLeaves) {
  // Half of the last frame never reached the disk.
  fs::resize_file(left_log, fs::file_size(left_log) - 2000);
  EXPECT_EQ(events_left(), 19);
}

TEST_F(DamagedLog, AnEmptyLogIsNone) {
  fs::resize_file(left_log, 0);
  EXPECT_FALSE(*scan_log(left_log));
  EXPECT_FALSE(*scan_log(folder.path() / "nothing"));
}

TEST_F(Damage, TheRunningLogIsChecked) {
  auto store = open(path());
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->migrate(conformance_migrations()));
  fill(**store, 0, 20);
  flip(log(), 32 + 4120 * 5 + 1000);
  const auto findings = (*store)->check_integrity(nullptr);
  ASSERT_TRUE(findings);
  ASSERT_FALSE(findings->empty());
  EXPECT_NE(findings->front().find("frame 6 of the write-ahead log"), std::string::npos) << findings->front();
}

}  // namespace
}  // namespace kuramori::storage::sqlite
