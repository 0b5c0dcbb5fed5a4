#include "storage/blobs_directory/blob_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

namespace kuramori::storage::blobs_directory {
namespace {

namespace fs = std::filesystem;

class BlobDirectoryTest : public ::testing::Test {
 protected:
  BlobDirectoryTest() {
    std::string path = (fs::temp_directory_path() / "kuramori-blobs-XXXXXX").string();
    root = fs::path(::mkdtemp(path.data())) / "data" / "media";
    reopen();
  }
  ~BlobDirectoryTest() override { fs::remove_all(root.parent_path().parent_path()); }
  void reopen() {
    store.reset();
    auto opened = open(root);
    ASSERT_TRUE(opened) << opened.error().to_log();
    store = *std::move(opened);
  }
  Result<void> put(std::string_view name, std::string_view text) {
    KURAMORI_TRY(writer, store->create(name));
    KURAMORI_CHECK(writer->append(as_bytes(text.substr(0, text.size() / 2))));
    KURAMORI_CHECK(writer->append(as_bytes(text.substr(text.size() / 2))));
    return writer->finish();
  }
  Result<std::string> get(std::string_view name, std::uint64_t offset, std::size_t bytes) {
    KURAMORI_TRY(reader, store->open(name));
    Bytes into(bytes);
    KURAMORI_CHECK(reader->read(offset, into));
    return std::string(as_text(into));
  }
  std::set<std::string> names() {
    std::set<std::string> all;
    EXPECT_TRUE(store->list([&](std::string_view name) { return all.emplace(name).second; }));
    return all;
  }

  fs::path root;
  std::unique_ptr<BlobStore> store;
};

TEST_F(BlobDirectoryTest, ReadsWhatWasWrittenInAnyPlace) {
  ASSERT_TRUE(put("abcd", "0123456789"));
  EXPECT_EQ(*get("abcd", 0, 10), "0123456789");
  EXPECT_EQ(*get("abcd", 7, 3), "789");
  EXPECT_EQ((*store->open("abcd"))->bytes(), 10u);
  EXPECT_EQ(get("abcd", 8, 3).error().code(), ErrorCode::Corrupt);
  EXPECT_EQ(get("zzzz", 0, 1).error().code(), ErrorCode::NotFound);
  reopen();
  EXPECT_EQ(*get("abcd", 0, 10), "0123456789");
}

TEST_F(BlobDirectoryTest, NothingExistsUnderItsNameBeforeItIsFinished) {
  auto writer = store->create("abcd");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->append(as_bytes("half")));
  EXPECT_EQ(get("abcd", 0, 1).error().code(), ErrorCode::NotFound);
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(store->create("abcd").error().code(), ErrorCode::Conflict);
  writer->reset();
  EXPECT_TRUE(fs::is_empty(root / "incoming"));
  ASSERT_TRUE(put("abcd", "whole"));
}

TEST_F(BlobDirectoryTest, LeftoversOfACrashAreRemovedWhenItIsOpened) {
  ASSERT_TRUE(put("kept1", "kept"));
  std::ofstream(root / "incoming" / "abandoned") << "half of it";
  reopen();
  EXPECT_TRUE(fs::is_empty(root / "incoming"));
  EXPECT_EQ(names(), std::set<std::string>{"kept1"});
}

TEST_F(BlobDirectoryTest, NothingIsOverwritten) {
  ASSERT_TRUE(put("abcd", "first"));
  EXPECT_EQ(put("abcd", "second").error().code(), ErrorCode::Conflict);
  EXPECT_EQ(*get("abcd", 0, 5), "first");
}

TEST_F(BlobDirectoryTest, RemovesAndLists) {
  ASSERT_TRUE(put("abcd", "1"));
  ASSERT_TRUE(put("abce", "2"));
  ASSERT_TRUE(put("xyz9", "3"));
  EXPECT_EQ(names(), (std::set<std::string>{"abcd", "abce", "xyz9"}));
  ASSERT_TRUE(store->remove("abce"));
  ASSERT_TRUE(store->remove("abce"));
  EXPECT_EQ(names(), (std::set<std::string>{"abcd", "xyz9"}));
}

TEST_F(BlobDirectoryTest, FilesAreTheOwnersAlone) {
  ASSERT_TRUE(put("abcd", "1"));
  struct stat found{};
  ASSERT_EQ(::stat((root / "ab" / "abcd").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((root / "ab").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
}

TEST_F(BlobDirectoryTest, KnowsProperNames) {
  for (const char* good : {"abcd", "0123456789"}) EXPECT_TRUE(is_blob_name(good));
  for (const char* bad : {"", "abc", "../..", "ABCD", "ab/cd", "ab.d"}) EXPECT_FALSE(is_blob_name(bad));
}

TEST_F(BlobDirectoryTest, SaysWhenTheDirectoryCannotBeMade) {
  std::ofstream(root.parent_path() / "file") << "x";
  const auto opened = open(root.parent_path() / "file" / "media");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("Check its owner"), std::string::npos);
}

}  // namespace
}  // namespace kuramori::storage::blobs_directory
