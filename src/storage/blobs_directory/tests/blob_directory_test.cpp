#include "storage/blobs_directory/blob_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "storage/tests/blob_conformance.hpp"

namespace kuramori::storage::blobs_directory {
namespace {

namespace fs = std::filesystem;

class Folder final : public BlobPlace {
 public:
  Folder() {
    std::string path = (fs::temp_directory_path() / "kuramori-blobs-XXXXXX").string();
    root = fs::path(::mkdtemp(path.data())) / "data" / "media";
  }
  ~Folder() override { fs::remove_all(root.parent_path().parent_path()); }
  Result<std::unique_ptr<BlobStore>> open() override { return blobs_directory::open(root); }
  std::size_t leftovers() override {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root / "incoming"), {}));
  }

  fs::path root;
};

class BlobDirectoryTest : public ::testing::Test {
 protected:
  BlobDirectoryTest() { reopen(); }
  void reopen() {
    store.reset();
    auto opened = folder.open();
    ASSERT_TRUE(opened) << opened.error().to_log();
    store = *std::move(opened);
  }
  Result<void> put(std::string_view name, std::string_view text) {
    KURAMORI_TRY(writer, store->create(name));
    KURAMORI_CHECK(writer->append(as_bytes(text)));
    return writer->finish();
  }

  Folder folder;
  std::unique_ptr<BlobStore> store;
};

TEST_F(BlobDirectoryTest, LeftoversOfACrashAreRemovedWhenItIsOpened) {
  ASSERT_TRUE(put("kept1", "kept"));
  std::ofstream(folder.root / "incoming" / "abandoned") << "half of it";
  reopen();
  EXPECT_EQ(folder.leftovers(), 0u);
  EXPECT_TRUE(store->open("kept1"));
}

TEST_F(BlobDirectoryTest, FilesAreTheOwnersAlone) {
  ASSERT_TRUE(put("abcd", "1"));
  struct stat found{};
  ASSERT_EQ(::stat((folder.root / "ab" / "abcd").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder.root / "ab").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
}

TEST_F(BlobDirectoryTest, SaysWhenTheDirectoryCannotBeMade) {
  std::ofstream(folder.root.parent_path() / "file") << "x";
  const auto opened = open(folder.root.parent_path() / "file" / "media");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("Check its owner"), std::string::npos);
}

}  // namespace
}  // namespace kuramori::storage::blobs_directory

namespace kuramori::storage {
INSTANTIATE_TEST_SUITE_P(Directory, BlobConformance, ::testing::Values(BlobPlaceFactory{[] {
                           return std::make_unique<blobs_directory::Folder>();
                         }}));
}  // namespace kuramori::storage
