#include <gtest/gtest.h>

#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

using samples::archive;
using samples::extracted;
using samples::Format;
using samples::text_in;

TEST(Archives, EachFileInEachFormatIsRead) {
  for (const Format format : {Format::Zip, Format::StoredZip, Format::SevenZip, Format::Tar, Format::TarGz}) {
    const Extract extract = extracted(archive(format, {{"a.txt", "alpha"}, {"folder/機密.txt", "beta"}}));
    EXPECT_EQ(text_in(extract), "[a.txt] text: alpha\n[folder/機密.txt] text: beta\n")
        << static_cast<int>(format);
    EXPECT_TRUE(extract.is_complete());
    ASSERT_GE(extract.files.size(), 2U);
  }
}

TEST(Archives, NestedOnesAreReadToTheDepthThatIsAllowed) {
  std::string nested = archive(Format::Zip, {{"deep.txt", "the treasure"}});
  for (int i = 1; i < 4; ++i) nested = archive(Format::Zip, {{"level.zip", nested}});
  const Extract whole = extracted(nested, {.depth_max = 4});
  EXPECT_EQ(text_in(whole), "[level.zip/level.zip/level.zip/deep.txt] text: the treasure\n");
  EXPECT_TRUE(whole.is_complete());
  const Extract cut = extracted(nested, {.depth_max = 2});
  EXPECT_TRUE(cut.texts.empty());
  EXPECT_TRUE(samples::has_limit(cut, ExtractLimit::Depth));
  EXPECT_TRUE(samples::has_unreadable(cut, "level.zip/level.zip/level.zip", Unreadable::TooDeep));
}

TEST(Archives, WhatIsEncryptedIsSaidToBe) {
  const Extract extract = extracted(samples::encrypted_zip({{"secret.txt", "nobody reads this"}}));
  EXPECT_TRUE(extract.is_encrypted());
  EXPECT_TRUE(samples::has_unreadable(extract, "secret.txt", Unreadable::Encrypted));
  EXPECT_TRUE(extract.texts.empty());
  const Extract inside =
      extracted(archive(Format::Zip, {{"in.zip", samples::encrypted_zip({{"secret.txt", "x"}})}}));
  EXPECT_TRUE(samples::has_unreadable(inside, "in.zip/secret.txt", Unreadable::Encrypted));
}

TEST(Archives, BombsEndAtTheirLimit) {
  const std::string zeros(40 << 20, '\0');
  const Extract ratio = extracted(archive(Format::Zip, {{"zeros", zeros}}));
  EXPECT_TRUE(samples::has_limit(ratio, ExtractLimit::Ratio));
  EXPECT_FALSE(ratio.is_complete());
  const Extract inflated =
      extracted(archive(Format::StoredZip, {{"zeros", zeros}}), {.inflated_bytes_max = 10 << 20});
  EXPECT_TRUE(samples::has_limit(inflated, ExtractLimit::Inflated));
  const Extract gzipped = extracted(samples::gzip(zeros));
  EXPECT_TRUE(samples::has_limit(gzipped, ExtractLimit::Ratio));
  std::vector<samples::Member> many;
  for (int i = 0; i < 300; ++i) many.push_back({std::to_string(i), "x"});
  const Extract entries = extracted(archive(Format::Zip, many), {.entries_max = 100});
  EXPECT_TRUE(samples::has_limit(entries, ExtractLimit::Entries));
  EXPECT_EQ(entries.files.size(), 100U);
}

TEST(Archives, OneArchiveOfManyCopiesIsABombAsAWhole) {
  // Each is harmless alone: what is inflated is counted over all.
  const std::string layer = archive(Format::Zip, {{"zeros", std::string(12 << 20, '\0')}});
  std::vector<samples::Member> copies;
  for (int i = 0; i < 20; ++i) copies.push_back({std::to_string(i) + ".zip", layer});
  const Extract extract = extracted(archive(Format::Zip, copies), {.inflated_bytes_max = 64 << 20});
  EXPECT_FALSE(extract.is_complete());
  EXPECT_TRUE(samples::has_limit(extract, ExtractLimit::Inflated) ||
              samples::has_limit(extract, ExtractLimit::Ratio));
}

TEST(Archives, TheContentSaysWhatItIsNotTheName) {
  const Extract extract =
      extracted(archive(Format::Zip, {{"holiday.jpg", samples::docx(samples::paragraph("hidden words"))},
                                      {"notes.txt", samples::pdf({"in a PDF page of some length"})}}));
  ASSERT_EQ(extract.files.size(), 2U);
  EXPECT_EQ(extract.files[0].media_type,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
  EXPECT_EQ(extract.files[1].media_type, "application/pdf");
  EXPECT_NE(text_in(extract).find("hidden words"), std::string::npos);
}

TEST(Archives, AnArchiveBehindAPictureIsReadToo) {
  const std::string picture("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16);
  const Extract extract = extracted(picture + archive(Format::Zip, {{"a.txt", "behind the picture"}}));
  EXPECT_EQ(extract.media_type, "image/png");
  EXPECT_TRUE(extract.is_polyglot);
  EXPECT_NE(text_in(extract).find("behind the picture"), std::string::npos);
}

TEST(Archives, WhatIsCutOffIsDamaged) {
  const std::string whole = archive(Format::SevenZip, {{"a.txt", "alpha"}});
  const Extract extract = extracted(std::string_view(whole).substr(0, whole.size() - 20));
  EXPECT_TRUE(samples::has_unreadable(extract, "", Unreadable::Damaged));
  EXPECT_FALSE(extract.is_complete());
}

}  // namespace
}  // namespace kuramori::sandbox::documents
