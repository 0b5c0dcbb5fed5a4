#include "storage/tests/blob_conformance.hpp"

#include <thread>

namespace kuramori::storage {
namespace {

std::string pattern(std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>((i * 131 + (i >> 13)) & 0xFFU);
  return out;
}

}  // namespace

void BlobConformance::SetUp() {
  place = GetParam()();
  reopen();
}

void BlobConformance::reopen() {
  store.reset();
  auto opened = place->open();
  ASSERT_TRUE(opened) << opened.error().to_log();
  store = *std::move(opened);
}

Result<void> BlobConformance::put(std::string_view name, std::string_view text) {
  KURAMORI_TRY(writer, store->create(name));
  KURAMORI_CHECK(writer->append(as_bytes(text.substr(0, text.size() / 2))));
  KURAMORI_CHECK(writer->append(as_bytes(text.substr(text.size() / 2))));
  return writer->finish();
}

Result<std::string> BlobConformance::get(std::string_view name, std::uint64_t offset, std::size_t bytes) {
  KURAMORI_TRY(reader, store->open(name));
  Bytes into(bytes);
  KURAMORI_CHECK(reader->read(offset, into));
  return std::string(as_text(into));
}

std::set<std::string> BlobConformance::names() {
  std::set<std::string> all;
  EXPECT_TRUE(store->list([&](std::string_view name) { return all.emplace(name).second; }));
  return all;
}

TEST_P(BlobConformance, ReadsWhatWasWrittenInAnyPlace) {
  ASSERT_TRUE(put("abcd", "0123456789"));
  EXPECT_EQ(*get("abcd", 0, 10), "0123456789");
  EXPECT_EQ(*get("abcd", 7, 3), "789");
  EXPECT_EQ((*store->open("abcd"))->bytes(), 10u);
  EXPECT_EQ(get("abcd", 8, 3).error().code(), ErrorCode::Corrupt);
  EXPECT_EQ(get("zzzz", 0, 1).error().code(), ErrorCode::NotFound);
  reopen();
  EXPECT_EQ(*get("abcd", 0, 10), "0123456789");
}

TEST_P(BlobConformance, ALargeBlobIsWhatItWas) {
  constexpr std::size_t kBytes = 12'000'007;
  constexpr std::size_t kPiece = 524'416;
  const std::string text = pattern(kBytes);
  auto writer = store->create("large1");
  ASSERT_TRUE(writer);
  for (std::size_t at = 0; at < kBytes; at += kPiece) {
    ASSERT_TRUE((*writer)->append(as_bytes(std::string_view(text).substr(at, kPiece))));
  }
  const auto finished = (*writer)->finish();
  ASSERT_TRUE(finished) << finished.error().to_log();
  auto reader = store->open("large1");
  ASSERT_TRUE(reader);
  ASSERT_EQ((*reader)->bytes(), kBytes);
  std::string read(kBytes, '\0');
  const std::span<std::uint8_t> into(reinterpret_cast<std::uint8_t*>(read.data()), read.size());
  for (std::size_t at = 0; at < kBytes; at += kPiece) {
    ASSERT_TRUE((*reader)->read(at, into.subspan(at, std::min(kPiece, kBytes - at))));
  }
  EXPECT_TRUE(read == text);
  for (const std::size_t at : {std::size_t{5'242'000}, std::size_t{3}, kBytes - 1'000}) {
    EXPECT_EQ(*get("large1", at, 1'000), text.substr(at, 1'000));
  }
}

TEST_P(BlobConformance, ABlobMayBeEmpty) {
  ASSERT_TRUE(put("empty", ""));
  EXPECT_EQ((*store->open("empty"))->bytes(), 0u);
  EXPECT_EQ(*get("empty", 0, 0), "");
  EXPECT_EQ(get("empty", 0, 1).error().code(), ErrorCode::Corrupt);
}

TEST_P(BlobConformance, NothingExistsUnderItsNameBeforeItIsFinished) {
  for (const std::size_t bytes : {std::size_t{4}, std::size_t{11'000'000}}) {
    auto writer = store->create("abcd");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(as_bytes(pattern(bytes))));
    EXPECT_EQ(get("abcd", 0, 1).error().code(), ErrorCode::NotFound);
    EXPECT_TRUE(names().empty());
    EXPECT_EQ(store->create("abcd").error().code(), ErrorCode::Conflict);
    writer->reset();
    EXPECT_TRUE(names().empty());
    EXPECT_EQ(place->leftovers(), 0u);
  }
  ASSERT_TRUE(put("abcd", "whole"));
}

TEST_P(BlobConformance, NothingIsOverwritten) {
  ASSERT_TRUE(put("abcd", "first"));
  EXPECT_EQ(put("abcd", "second").error().code(), ErrorCode::Conflict);
  EXPECT_EQ(*get("abcd", 0, 5), "first");
}

TEST_P(BlobConformance, RemovesAndLists) {
  ASSERT_TRUE(put("abcd", "1"));
  ASSERT_TRUE(put("abce", "2"));
  ASSERT_TRUE(put("xyz9", "3"));
  EXPECT_EQ(names(), (std::set<std::string>{"abcd", "abce", "xyz9"}));
  ASSERT_TRUE(store->remove("abce"));
  ASSERT_TRUE(store->remove("abce"));
  EXPECT_EQ(names(), (std::set<std::string>{"abcd", "xyz9"}));
  EXPECT_EQ(get("abce", 0, 1).error().code(), ErrorCode::NotFound);
  std::size_t seen = 0;
  EXPECT_TRUE(store->list([&](std::string_view) { return ++seen < 1; }));
  EXPECT_EQ(seen, 1u);
}

TEST_P(BlobConformance, ListsMoreThanAPage) {
  std::set<std::string> all;
  for (int i = 0; i < 57; ++i) {
    const std::string name = "blob" + std::to_string(1'000 + i);
    ASSERT_TRUE(put(name, name));
    all.insert(name);
  }
  EXPECT_EQ(names(), all);
}

TEST_P(BlobConformance, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string name = "by" + std::to_string(t) + "of" + std::to_string(i);
        EXPECT_TRUE(put(name, name));
        auto read = get(name, 2, 3);
        EXPECT_TRUE(read && *read == name.substr(2, 3));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names().size(), 160u);
}

TEST_P(BlobConformance, KnowsProperNames) {
  for (const char* good : {"abcd", "0123456789"}) EXPECT_TRUE(is_blob_name(good));
  for (const char* bad : {"", "abc", "../..", "ABCD", "ab/cd", "ab.d"}) EXPECT_FALSE(is_blob_name(bad));
}

}  // namespace kuramori::storage
