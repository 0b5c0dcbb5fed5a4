#include "audit/log.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "audit/checkpoint_file.hpp"
#include "audit/tests/record_fixture.hpp"

namespace kuramori::audit {
namespace {

TEST(Log, StartsWithTheEmptyTree) {
  Record record;
  const auto checkpoint = record.log().checkpoint();
  EXPECT_EQ(checkpoint->checkpoint.head, (TreeHead{0, empty_root()}));
  EXPECT_EQ(checkpoint->checkpoint.origin, "example.org/kuramori-log");
  EXPECT_EQ(record.flush().checkpoint.head.size, 0U);
}

TEST(Log, CoversEveryEntryWithASignedCheckpoint) {
  for (const std::size_t batch : {std::size_t{8192}, std::size_t{7}}) {
    Record record;
    record.batch_entries_max = batch;
    record.reopen_log();
    CompactTree expected;
    for (const std::size_t count : {1U, 255U, 1U, 300U}) {
      record.fill(count);
      const SignedCheckpoint checkpoint = record.flush();
      while (expected.size() < checkpoint.checkpoint.head.size) {
        expected.add(leaf_hash(record.stored(expected.size()).bytes));
      }
      EXPECT_EQ(checkpoint.checkpoint.head, (TreeHead{expected.size(), expected.root()}));
      EXPECT_TRUE(open_checkpoint(checkpoint.note, record.log().public_key()));
      EXPECT_EQ(**read_checkpoint_file(record.log().checkpoint_file()), checkpoint.note);
    }
    EXPECT_EQ(expected.size(), 557U);
  }
}

TEST(Log, FollowsCommitsWhileItRunsAndStops) {
  Record record;
  runtime::TaskScope scope;
  scope.spawn_on(record.executor(), record.log().run(scope.stop_token()));
  const auto settle = [&](std::uint64_t size) {
    for (int i = 0; i < 2000 && record.log().checkpoint()->checkpoint.head.size < size; ++i) {
      record.executor().run_until_idle();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the pool writes a file
      record.clock().advance(Milliseconds(1));
    }
    return record.log().checkpoint()->checkpoint.head.size;
  };
  settle(0);
  std::uint64_t filled = 0;
  // 700 are read in slices, with rests between them.
  for (const std::uint64_t count : {5U, 700U, 5U}) {
    record.fill(count);
    filled += count;
    EXPECT_EQ(settle(filled), filled);
  }
  // The last write of the checkpoint file is on the pool; the scope joins when it is done.
  scope.request_stop();
  record.run(scope.join());
}

TEST(Log, GoesOnAfterARestart) {
  Record record;
  record.fill(300);
  record.flush();
  record.fill(10);  // durable, and not yet integrated when the process dies
  record.reopen_log();
  EXPECT_EQ(record.log().checkpoint()->checkpoint.head.size, 300U);
  const TreeHead head = record.flush().checkpoint.head;
  EXPECT_EQ(head.size, 310U);
  record.reopen_log();
  EXPECT_EQ(record.log().checkpoint()->checkpoint.head, head);
}

TEST(Log, WorksOnSqlite) {
  Record record(Adapter::Sqlite);
  record.fill(600);
  const TreeHead head = record.flush().checkpoint.head;
  CompactTree expected;
  while (expected.size() < 600) expected.add(leaf_hash(record.stored(expected.size()).bytes));
  EXPECT_EQ(head, (TreeHead{600, expected.root()}));
  record.fill(1);
  record.reopen_log();
  EXPECT_EQ(record.flush().checkpoint.head.size, 601U);
}

TEST(Log, GoesOnWhenACommitFailed) {
  Record record;
  record.fill(20);
  auto& store = dynamic_cast<storage::memory::MemoryStore&>(record.store());
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(record.run(record.log().flush()));
  EXPECT_EQ(record.log().checkpoint()->checkpoint.head.size, 0U);
  EXPECT_EQ(record.flush().checkpoint.head.size, 20U);
}

TEST(Log, AgreesWithItselfAfterAnUnknownOutcome) {
  Record record;
  record.fill(20);
  auto second = *record.open_log();  // has not seen what the first one will commit
  record.flush();
  EXPECT_TRUE(record.run(second->flush()));
  EXPECT_EQ(second->checkpoint()->checkpoint, record.log().checkpoint()->checkpoint);
}

TEST(Log, SignsNothingAcrossAGapOrAForgery) {
  Record record;
  record.fill(10);
  record.remove(6);
  const auto gap = record.run(record.log().flush());
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code(), ErrorCode::Corrupt);
  EXPECT_EQ(record.log().checkpoint()->checkpoint.head.size, 6U);

  Record other;
  other.fill(10);
  EntryRow forged = other.stored(4);
  forged.bytes = other.stored(5).bytes;
  other.replace(forged);
  EXPECT_FALSE(other.run(other.log().flush()));
  EXPECT_EQ(other.log().checkpoint()->checkpoint.head.size, 4U);
}

TEST(Log, RefusesAStoreThatContradictsWhatItSigned) {
  Record record;
  record.fill(600);
  record.flush();
  const std::string before = record.log().checkpoint()->note;

  record.remove(599);
  record.remove(598);
  auto opened = record.open_log();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);

  // Cut back together with its checkpoint and tiles: the checkpoint file remembers.
  storage::UnitOfWork work;
  work.erase(kRecordCheckpoints, {std::int64_t{600}});
  ASSERT_TRUE(record.commit(std::move(work)));
  opened = record.open_log();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail().find("cut back"), std::string::npos);
  EXPECT_EQ(**read_checkpoint_file(record.log().checkpoint_file()), before);
}

TEST(Log, AnOlderBackupIsAcceptedWhenToldSoAndTheOldCheckpointKept) {
  Record record;
  record.fill(500);
  record.flush();
  // The store is as it was after 500 entries; 600 had been signed.
  const NoteSigner signer("example.org/kuramori-log", record.signing());
  const std::string ahead = sign_checkpoint({600, leaf_hash({})}, signer).note;
  ASSERT_TRUE(write_checkpoint_file(record.log().checkpoint_file(), ahead));
  ASSERT_FALSE(record.open_log());
  auto opened = record.open_log(FileAhead::Accept);
  ASSERT_TRUE(opened) << opened.error().to_log();
  ASSERT_TRUE((*opened)->superseded());
  EXPECT_EQ((*opened)->superseded()->checkpoint.head.size, 600U);
  EXPECT_EQ(**read_checkpoint_file((*opened)->superseded_file()), ahead);
  EXPECT_EQ(**read_checkpoint_file(record.log().checkpoint_file()), ahead) << "until an entry says so";
  EXPECT_FALSE(record.open_log()) << "accepted once is not accepted for ever";
  // A file that is not this server's is no restored backup.
  ASSERT_TRUE(write_checkpoint_file(record.log().checkpoint_file(), "nonsense\n"));
  EXPECT_FALSE(record.open_log(FileAhead::Accept));
}

TEST(Log, RefusesAForeignCheckpointFileAndAlteredTiles) {
  Record record;
  record.fill(300);
  record.flush();
  const std::string good = **read_checkpoint_file(record.log().checkpoint_file());
  std::string wrong = good;
  wrong[wrong.size() - 9] = wrong[wrong.size() - 9] == 'A' ? 'B' : 'A';
  ASSERT_TRUE(write_checkpoint_file(record.log().checkpoint_file(), wrong));
  EXPECT_FALSE(record.open_log());
  const NoteSigner signer("example.org/kuramori-log", record.signing());
  ASSERT_TRUE(write_checkpoint_file(record.log().checkpoint_file(),
                                    sign_checkpoint({256, empty_root()}, signer).note));
  EXPECT_FALSE(record.open_log());
  ASSERT_TRUE(write_checkpoint_file(record.log().checkpoint_file(), good));
  EXPECT_TRUE(record.open_log());
  std::vector<Hash> edge = record.stored_tile(0, 1);
  edge[3][0] ^= 1;
  record.replace_tile({0, 1, edge});
  EXPECT_FALSE(record.open_log());
}

TEST(Log, ServesTilesBundlesAndProofs) {
  Record record;
  record.fill(300);
  const TreeHead head = record.flush().checkpoint.head;
  record.fill(3);  // not covered yet
  const Bytes full = *record.run(record.log().tile({.level = 0, .index = 0}));
  EXPECT_EQ(full.size(), 8192U);
  EXPECT_EQ(record.run(record.log().tile({.level = 0, .index = 1, .width = 44}))->size(), 44U * 32);
  EXPECT_EQ(record.run(record.log().tile({.level = 1, .index = 0, .width = 1}))->size(), 32U);
  const Bytes bundle =
      *record.run(record.log().tile({.kind = TileAddress::Kind::Entries, .index = 1, .width = 44}));
  std::size_t at = 0;
  for (std::uint64_t index = 256; index < 300; ++index) {
    const std::size_t size = std::size_t{bundle[at]} << 8 | bundle[at + 1];
    EXPECT_EQ(Bytes(bundle.begin() + static_cast<std::ptrdiff_t>(at + 2),
                    bundle.begin() + static_cast<std::ptrdiff_t>(at + 2 + size)),
              record.stored(index).bytes);
    at += 2 + size;
  }
  EXPECT_EQ(at, bundle.size());
  for (const TileAddress& none :
       {TileAddress{.level = 0, .index = 1}, TileAddress{.level = 0, .index = 1, .width = 45},
        TileAddress{.level = 1, .index = 0}, TileAddress{.level = 2, .index = 0, .width = 1},
        TileAddress{.level = 63, .index = 0, .width = 1}, TileAddress{.level = 0, .index = ~0ULL >> 8},
        TileAddress{.kind = TileAddress::Kind::Entries, .index = 1, .width = 47}}) {
    EXPECT_FALSE(record.run(record.log().tile(none))) << none.to_path();
  }

  const Proof inclusion = *record.run(record.log().inclusion_proof(299, 300));
  EXPECT_TRUE(verify_inclusion(leaf_hash(record.stored(299).bytes), 299, head, inclusion));
  EXPECT_FALSE(record.run(record.log().inclusion_proof(300, 300)));
  EXPECT_FALSE(record.run(record.log().inclusion_proof(5, 301)));
  record.flush();
  const Proof consistency = *record.run(record.log().consistency_proof(300, 303));
  EXPECT_TRUE(verify_consistency(head, record.log().checkpoint()->checkpoint.head, consistency));
  EXPECT_FALSE(record.run(record.log().consistency_proof(300, 304)));
}

TEST(Log, KeepsOneCheckpointATile) {
  Record record;
  for (int i = 0; i < 30; ++i) {
    record.fill(20);
    record.flush();
  }
  const auto query = [](storage::Snapshot& snapshot) { return checkpoints_from(snapshot, 0, 100); };
  std::vector<std::uint64_t> sizes;
  for (const CheckpointRow& row : *record.store().read_blocking(query)) sizes.push_back(row.size);
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{240, 500, 600}));
}

}  // namespace
}  // namespace kuramori::audit
