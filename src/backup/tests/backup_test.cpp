// A server, its backup, and the server that is made of it.
#include <gmock/gmock.h>

#include "backup/tests/fixture.hpp"

namespace kuramori::backup {
namespace {

using testing::BackupTest;
namespace fs = std::filesystem;

TEST_F(BackupTest, WhatIsRestoredIsWhatWasThere) {
  const RoomId room = make_room(alice);
  const EventId event = say(alice, room, "good morning", "");
  put_file("abc", "q1q1q1", alice);
  storage::UnitOfWork passing;
  passing.insert(testing::kMomentary, {std::string("x")});
  passing.insert(testing::kHeld, {std::string("y")});
  commit(std::move(passing));
  put_in_force(R"({"format":1,"name":"p","rules":[]})");  // no label is kept out
  std::map<std::string, std::vector<storage::Row>> before;
  for (const storage::Table* table : testing::all_tables()) before[table->name] = rows_of(store, *table);
  before[testing::kMomentary.name].clear();
  const Summary summary = there_and_back();
  for (const storage::Table* table : testing::all_tables())
    EXPECT_EQ(rows_of(restored, *table), before[table->name]) << table->name;
  EXPECT_EQ(summary.left_out, LeftOut());
  EXPECT_EQ(summary.contents.files, 2);
  EXPECT_EQ(content_in(restored, event), rooms::testing::text_message("good morning"));
  const auto blob = new_blobs->open("q1q1q1");
  ASSERT_TRUE(blob);
  Bytes octets((*blob)->bytes());
  ASSERT_TRUE((*blob)->read(0, octets));
  EXPECT_EQ(as_text(octets), "0123456789");
  EXPECT_THAT(written, ::testing::UnorderedElementsAre("q1q1q1", "q1q1q1thumb"));
}

TEST_F(BackupTest, NumbersGoOnWhereTheyWere) {
  say(alice, make_room(alice), "one", "");
  std::int64_t position = 0;
  std::int64_t entry = 0;
  const auto last = [&](storage::Snapshot& snapshot) -> Result<void> {
    KURAMORI_TRY(stream, snapshot.last(storage::Sequence::Stream));
    KURAMORI_TRY(audit, snapshot.last(storage::Sequence::Audit));
    position = stream;
    entry = audit;
    return {};
  };
  ASSERT_TRUE(store.read_blocking(last));
  const std::int64_t position_before = position;
  const std::int64_t entry_before = entry;
  there_and_back();
  ASSERT_TRUE(restored.read_blocking(last));
  EXPECT_EQ(position, position_before);
  EXPECT_EQ(entry, entry_before);
  EXPECT_EQ(restored.last_position().value, position_before);
}

TEST_F(BackupTest, TheActIsRecordedAndWhatIsMadeIsOfItsOwnerAlone) {
  const std::size_t entries = rows_of(store, *audit::tables()[0]).size();
  const auto made = back_up();
  ASSERT_TRUE(made) << made.error().to_log();
  EXPECT_EQ(rows_of(store, *audit::tables()[0]).size(), entries + 1);
  EXPECT_EQ(fs::file_size(archive()), made->octets);
  EXPECT_EQ(fs::status(archive()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(BackupTest, NothingIsOverwrittenAndNothingIsLeftBehind) {
  ASSERT_TRUE(back_up());
  const auto octets = fs::file_size(archive());
  EXPECT_EQ(back_up().error().reason(), "KURAMORI_BACKUP_EXISTS");
  EXPECT_EQ(fs::file_size(archive()), octets);
  fs::remove(archive());
  store.fail_next_commit(unavailable("The disk is full.", "test"));  // the entry of the record
  EXPECT_FALSE(back_up());
  for (const auto& entry : fs::directory_iterator(folder)) EXPECT_TRUE(entry.is_directory()) << entry.path();
}

TEST_F(BackupTest, NobodyWaitsForItAnyMore) {
  const RoomId room = make_room(alice);
  const std::string file = put_file("abc", "q1q1q1", alice);
  storage::UnitOfWork many;
  for (int i = 0; i < 5'000; ++i) many.insert(testing::kHeld, {std::to_string(i)});
  commit(std::move(many));
  const auto made = back_up([](double) { return false; });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::Unavailable);
  for (const auto& entry : fs::directory_iterator(folder)) EXPECT_TRUE(entry.is_directory()) << entry.path();
}

TEST_F(BackupTest, AFileThatWentMeanwhileIsTold) {
  put_file("abc", "q1q1q1", alice);
  ASSERT_TRUE(blobs->remove("q1q1q1"));
  const Summary summary = there_and_back();
  EXPECT_EQ(summary.left_out.gone, 1);
  EXPECT_EQ(summary.contents.files, 1);
}

TEST_F(BackupTest, OfAnotherServerOrANewerOneOrIntoWhatIsNotEmptyIsRefused) {
  say(alice, make_room(alice), "one", "");
  ASSERT_TRUE(back_up());
  EXPECT_EQ(restore_into(restored, "other.org").error().reason(), "KURAMORI_BACKUP_OF_ANOTHER");
  EXPECT_FALSE(restore_into(store)) << "its rows are there";
  auto input = ArchiveInput::open(archive());
  ASSERT_TRUE(input);
  migrate_new();
  const auto older = restore(*input, rooms::testing::Server::root(),
                             {.store = restored,
                              .blobs = *new_blobs,
                              .clock = clock,
                              .tables = testing::all_tables(),
                              .server = "example.org",
                              .migration = 1,
                              .written = written});
  EXPECT_EQ(older.error().reason(), "KURAMORI_BACKUP_NOT_UNDERSTOOD");
}

TEST_F(BackupTest, AFileThatABucketStillHoldsIsWrittenAnew) {
  put_file("abc", "q1q1q1", alice);
  auto writer = new_blobs->create("q1q1q1");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->append(as_bytes("damaged")));
  ASSERT_TRUE((*writer)->finish());
  there_and_back();
  EXPECT_EQ((*new_blobs->open("q1q1q1"))->bytes(), 10U);
}

}  // namespace
}  // namespace kuramori::backup
