#include "audit/verify_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/retention.hpp"
#include "audit/tests/record_fixture.hpp"

namespace kuramori::audit {
namespace {

using ::testing::HasSubstr;

class VerifyStore : public ::testing::TestWithParam<Adapter> {
 protected:
  StoreReport verify(std::vector<std::string> checkpoints = {}) {
    StoreVerification options{.key = record.log().public_key(),
                              .checkpoints = std::move(checkpoints),
                              .organisation = record.keys().organisation_key(),
                              .progress = {},
                              .entries_per_snapshot = 100};
    return *verify_store(record.store(), std::move(options));
  }
  // The only finding.
  Finding only(std::vector<std::string> checkpoints = {}) {
    StoreReport report = verify(std::move(checkpoints));
    EXPECT_EQ(report.findings.total(), 1U);
    for (const Finding& finding : report.findings.list()) SCOPED_TRACE(finding.text);
    return report.findings.empty() ? Finding{} : report.findings.list().front();
  }
  void expect(const Finding& finding, FindingKind kind, std::uint64_t first, std::uint64_t last) {
    EXPECT_EQ(to_string(finding.kind), to_string(kind)) << finding.text;
    EXPECT_EQ(finding.first, first) << finding.text;
    EXPECT_EQ(finding.last, last) << finding.text;
  }
  void make(std::size_t count) {
    record.fill(count);
    newest = record.flush().note;
  }

  Record record{GetParam()};
  std::string newest;
};

INSTANTIATE_TEST_SUITE_P(Stores, VerifyStore, ::testing::Values(Adapter::Memory, Adapter::Sqlite),
                         [](const auto& info) {
                           return info.param == Adapter::Sqlite ? "Sqlite" : "Memory";
                         });

TEST_P(VerifyStore, FindsNothingInAnIntactStore) {
  EXPECT_TRUE(verify().intact());
  for (const std::size_t count : {1U, 254U, 1U, 1U, 700U}) {
    make(count);
    const StoreReport report = verify({newest});
    EXPECT_TRUE(report.intact()) << report.findings.list().front().text;
    EXPECT_EQ(report.verified, report.entries);
  }
  record.fill(5);
  const StoreReport report = verify({newest});
  EXPECT_TRUE(report.intact());
  EXPECT_EQ(report.entries, 962U);
  EXPECT_EQ(report.verified, 957U);
  EXPECT_GE(report.checkpoints, 4U);
}

TEST_P(VerifyStore, NamesAnAlteredEntry) {
  make(700);
  EntryRow row = record.stored(431);
  row.bytes[row.bytes.size() / 2] ^= 1;
  record.replace(row);
  expect(only({newest}), FindingKind::Altered, 431, 431);
}

TEST_P(VerifyStore, NamesEveryAlteredEntry) {
  make(300);
  for (const std::uint64_t index : {0U, 255U, 256U, 299U}) {
    EntryRow row = record.stored(index);
    row.bytes.back() = ' ';
    record.replace(row);
  }
  const StoreReport report = verify();
  ASSERT_EQ(report.findings.total(), 4U);
  EXPECT_EQ(report.findings.list()[3].first, 299U);
  EXPECT_EQ(report.verified, 300U);
}

TEST_P(VerifyStore, NamesARemovedEntry) {
  make(700);
  for (const std::uint64_t index : {300U, 301U, 302U}) record.remove(index);
  expect(only(), FindingKind::Missing, 300, 302);
}

TEST_P(VerifyStore, NamesRemovedEntriesAtTheBeginning) {
  make(300);
  record.remove(0);
  record.remove(1);
  expect(only(), FindingKind::Missing, 0, 1);
}

TEST_P(VerifyStore, NamesSwappedEntries) {
  make(700);
  EntryRow a = record.stored(100);
  EntryRow b = record.stored(600);
  std::swap(a.index, b.index);
  record.replace(a);
  record.replace(b);
  const StoreReport report = verify();
  ASSERT_EQ(report.findings.total(), 2U);
  expect(report.findings.list()[0], FindingKind::Reordered, 100, 100);
  EXPECT_THAT(report.findings.list()[0].text, HasSubstr("recorded as entry 600"));
  expect(report.findings.list()[1], FindingKind::Reordered, 600, 600);
}

TEST_P(VerifyStore, NamesTheEntriesCutFromTheEnd) {
  make(700);
  for (std::uint64_t index = 650; index < 700; ++index) record.remove(index);
  expect(only(), FindingKind::Truncated, 650, 699);
}

// Cut back so that the store is sound in itself: what is outside remembers.
TEST_P(VerifyStore, ComparesWithCheckpointsFromOutside) {
  make(600);
  Record* const older = &record;
  EXPECT_TRUE(verify({newest}).intact());
  older->fill(50);
  const std::string after = record.flush().note;
  for (std::uint64_t index = 600; index < 650; ++index) record.remove(index);
  storage::UnitOfWork work;
  work.erase(kRecordCheckpoints, {std::int64_t{650}});
  work.insert(kRecordCheckpoints, {std::int64_t{600}, newest, std::int64_t{0}});
  work.upsert(kRecordTiles, tile_row({0, 2, [&] {
                                        auto tile = record.stored_tile(0, 2);
                                        tile.resize(88);
                                        return tile;
                                      }()}));
  ASSERT_TRUE(record.commit(std::move(work)));
  const StoreReport report = verify({after});
  ASSERT_GE(report.findings.total(), 1U);
  EXPECT_TRUE(std::ranges::any_of(report.findings.list(), [](const Finding& finding) {
    return finding.kind == FindingKind::Truncated && finding.first == 600 && finding.last == 649;
  }));
}

TEST_P(VerifyStore, FindsAForgedEntryAppendedToTheEnd) {
  make(50);
  EntryRow forged = record.stored(7);
  forged.index = 50;
  forged.bytes[20] ^= 1;
  storage::UnitOfWork work;
  const storage::NextOf index = work.next(storage::Sequence::Audit);
  work.insert(kRecordEntries, {index, forged.time_ms, forged.kind, forged.bytes, forged.mac});
  ASSERT_TRUE(record.commit(std::move(work)));
  expect(only(), FindingKind::Forged, 50, 50);
}

// Entry and tile altered together: only the signed root tells, and says between which checkpoints.
TEST_P(VerifyStore, FindsAnAlterationThatWasCarriedIntoTheTiles) {
  make(300);
  make(300);
  EntryRow row = record.stored(400);
  row.bytes[row.bytes.size() - 30] ^= 1;
  record.replace(row);
  auto tile = record.stored_tile(0, 1);
  tile[400 - 256] = leaf_hash(row.bytes);
  record.replace_tile({0, 1, tile});
  const StoreReport report = verify({newest});
  ASSERT_FALSE(report.intact());
  EXPECT_TRUE(std::ranges::any_of(report.findings.list(), [](const Finding& finding) {
    return finding.kind == FindingKind::Altered && finding.first == 300 && finding.last == 599;
  }));
  EXPECT_EQ(report.verified, 300U);
}

TEST_P(VerifyStore, TellsAnAlteredTileFromAnAlteredEntry) {
  make(600);
  auto tile = record.stored_tile(0, 1);
  tile[9][0] ^= 1;
  record.replace_tile({0, 1, tile});
  const StoreReport report = verify({newest});
  ASSERT_GE(report.findings.total(), 1U);
  EXPECT_EQ(report.verified, 600U);
  EXPECT_TRUE(std::ranges::any_of(report.findings.list(), [](const Finding& finding) {
    return finding.kind == FindingKind::Inconsistent && finding.first == 265;
  }));
  EXPECT_TRUE(std::ranges::none_of(
      report.findings.list(), [](const Finding& finding) { return finding.kind == FindingKind::Altered; }));
}

TEST_P(VerifyStore, FindsAlteredUpperTiles) {
  make(600);
  auto tile = record.stored_tile(1, 0);
  tile[1][0] ^= 1;
  record.replace_tile({1, 0, tile});
  const Finding finding = only({newest});
  EXPECT_EQ(finding.kind, FindingKind::Inconsistent);
  EXPECT_THAT(finding.text, HasSubstr("tile/1/000.p/2"));
}

TEST_P(VerifyStore, FindsChangedColumns) {
  make(20);
  EntryRow row = record.stored(5);
  row.time_ms += 1000;
  record.replace(row);
  expect(only(), FindingKind::Inconsistent, 5, 5);
}

TEST_P(VerifyStore, FindsUnsignedCheckpoints) {
  make(20);
  storage::UnitOfWork work;
  Record stranger;
  work.upsert(kRecordCheckpoints, {std::int64_t{10}, newest, std::int64_t{0}});
  work.upsert(kRecordCheckpoints, {std::int64_t{30}, std::string("nothing"), std::int64_t{0}});
  ASSERT_TRUE(record.commit(std::move(work)));
  const StoreReport report = verify({newest, "not a note"});
  EXPECT_EQ(report.findings.total(), 3U);
  for (const Finding& finding : report.findings.list())
    EXPECT_EQ(finding.kind, FindingKind::BadSignature) << finding.text;
}

TEST_P(VerifyStore, ErasureOfAPersonLeavesEverythingValid) {
  make(100);
  storage::UnitOfWork erasure;
  record.keys().destroy_in(erasure, crypto::KeyScope::Person, Record::person_id(1).view());
  ASSERT_TRUE(record.commit(std::move(erasure)));
  EXPECT_TRUE(verify({newest}).intact());
}

TEST_P(VerifyStore, TellsExpiryFromRemoval) {
  make(700);
  const Timestamp before = from_unix_ms(record.stored(520).time_ms);
  const auto expired =
      record.run(expire_entries(record.store(), record.recorder(), record.log(), before, "retention"));
  ASSERT_TRUE(expired);
  EXPECT_EQ(*expired, 520U);
  make(3);
  StoreReport report = verify({newest});
  EXPECT_TRUE(report.intact()) << report.findings.list().front().text;
  EXPECT_EQ(report.expired, 520U);
  EXPECT_EQ(report.verified, 704U);
  record.reopen_log();
  EXPECT_TRUE(record.run(record.log().inclusion_proof(3, 704)));

  record.remove(520);
  record.remove(521);
  expect(only(), FindingKind::Missing, 520, 521);
  EXPECT_EQ(*record.run(expire_entries(record.store(), record.recorder(), record.log(), before, "retention")),
            0U);
}

TEST_P(VerifyStore, ReportsProgress) {
  make(450);
  std::vector<std::uint64_t> seen;
  StoreVerification options{.key = record.log().public_key(),
                            .checkpoints = {},
                            .organisation = {},
                            .progress =
                                [&](std::uint64_t done, std::uint64_t total) {
                                  EXPECT_EQ(total, 450U);
                                  seen.push_back(done);
                                },
                            .entries_per_snapshot = 200};
  ASSERT_TRUE(verify_store(record.store(), std::move(options)));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{200, 400, 450}));
}

}  // namespace
}  // namespace kuramori::audit
