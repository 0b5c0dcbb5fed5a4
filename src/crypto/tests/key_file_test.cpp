#include "crypto/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace kuramori {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGood = "kuramori-root-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "kuramori-key-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(std::string_view content, mode_t mode = 0600) {
    const fs::path path = folder_ / "root.key";
    fs::remove(path);
    std::ofstream(path) << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  // The error must name the file, and must not repeat what is in it.
  static void expect_refused(const fs::path& path, ErrorCode code, std::string_view remedy) {
    const auto key = crypto::read_key_file(path);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code(), code) << key.error().to_log();
    EXPECT_EQ(key.error().reason(), "KURAMORI_KEY_FILE");
    EXPECT_NE(key.error().message().find(path.string()), std::string::npos) << key.error().message();
    EXPECT_NE(key.error().message().find(remedy), std::string::npos) << key.error().message();
    EXPECT_EQ(key.error().to_log().find("AAECAw"), std::string::npos);
  }

  fs::path folder_;
  SeededRandom random_{1};
};

TEST_F(KeyFile, IsCreatedOnceAndReadBack) {
  const fs::path path = folder_ / "root.key";
  const auto created = crypto::create_key_file(path, random_);
  ASSERT_TRUE(created) << created.error().to_log();
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  const auto read = crypto::read_key_file(path);
  ASSERT_TRUE(read) << read.error().to_log();
  EXPECT_TRUE(std::ranges::equal(read->view(), created->view()));

  const auto again = crypto::create_key_file(path, random_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::Conflict);
  EXPECT_TRUE(std::ranges::equal(crypto::read_key_file(path)->view(), created->view()))
      << "it was overwritten";
}

TEST_F(KeyFile, IsCreatedWith0600UnderAnyUmask) {
  for (const mode_t mask : {0000U, 0777U}) {
    const fs::path path = folder_ / std::to_string(mask);
    const mode_t before = ::umask(mask);
    const auto created = crypto::create_key_file(path, random_);
    ::umask(before);
    ASSERT_TRUE(created) << created.error().to_log();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
}

TEST_F(KeyFile, IsNotCreatedThroughALinkOrWithoutADirectory) {
  fs::create_symlink(folder_ / "elsewhere", folder_ / "link");
  const auto linked = crypto::create_key_file(folder_ / "link", random_);
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code(), ErrorCode::Conflict);
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
  const auto nowhere = crypto::create_key_file(folder_ / "absent" / "root.key", random_);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code(), ErrorCode::NotFound);
}

TEST_F(KeyFile, IsAcceptedInItsDocumentedForms) {
  for (const std::string& content : {std::string(kGood), std::string(kGood.substr(0, kGood.size() - 1)),
                                     std::string(kGood.substr(0, kGood.size() - 1)) + "=\n"}) {
    const auto key = crypto::read_key_file(write(content));
    ASSERT_TRUE(key) << key.error().to_log();
    EXPECT_EQ(key->view()[31], 31);
  }
  EXPECT_TRUE(crypto::read_key_file(write(kGood, 0400)));
}

TEST_F(KeyFile, IsRefusedWhenOpenToOthers) {
  for (const mode_t mode : {0644U, 0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0660U, 0777U}) {
    expect_refused(write(kGood, mode), ErrorCode::Forbidden, "chmod 600");
  }
  // A file that was in order and is opened up later.
  const fs::path path = write(kGood);
  EXPECT_TRUE(crypto::read_key_file(path));
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  expect_refused(path, ErrorCode::Forbidden, "chmod 600");
}

TEST_F(KeyFile, IsRefusedWhenItBelongsToAnother) {
  const fs::path path = write(kGood);
  if (::chown(path.c_str(), 12'345, static_cast<gid_t>(-1)) != 0)
    GTEST_SKIP() << "needs the right to change owners";
  expect_refused(path, ErrorCode::Forbidden, "chown");
}

TEST_F(KeyFile, IsRefusedWhenItIsNotAPlainFile) {
  const fs::path path = write(kGood);
  fs::create_symlink(path, folder_ / "link");
  expect_refused(folder_ / "link", ErrorCode::Forbidden, "symbolic link");
  expect_refused(folder_ / "absent", ErrorCode::NotFound, "restore it from its backup");
  expect_refused(path / "below", ErrorCode::NotFound, "restore it from its backup");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  expect_refused(folder_ / "pipe", ErrorCode::Forbidden, "not a regular file");
  expect_refused(folder_, ErrorCode::Forbidden, "not a regular file");
}

TEST_F(KeyFile, IsRefusedInAnyOtherFormat) {
  const std::string good(kGood);
  for (const std::string& content :
       {std::string(), std::string("\n"), good.substr(0, 40), good + "\n", good + good, " " + good,
        "kuramori-root-key-v2:" + good.substr(21), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n" + good,
        good.substr(0, good.size() - 2) + "*\n", good.substr(0, good.size() - 1) + "AAAA\n",
        good.substr(0, good.size() - 1) + "\r\n", good + std::string(10'000, 'A'), std::string(256, '\0')}) {
    expect_refused(write(content), ErrorCode::Corrupt, "restore it from its backup");
  }
}

}  // namespace
}  // namespace kuramori
