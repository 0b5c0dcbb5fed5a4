#include "sandbox/documents/compound_file.hpp"

#include <gtest/gtest.h>

#include "sandbox/documents/legacy_office.hpp"
#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

void put(std::string& out, std::size_t at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out[at + i] = static_cast<char>(value >> (8 * i));
}

std::string padded(std::string text, std::size_t bytes = 4'096) {
  text.resize(std::max(bytes, text.size()));
  return text;
}

// One piece of octets, one of UTF-16.
samples::Member word_document(std::string& table) {
  std::string document(4'096, '\0');
  put(document, 0, 0xA5EC, 2);
  put(document, 0x1A2, 0, 4);
  put(document, 0x1A6, 5 + 4 * 3 + 8 * 2, 4);
  document.replace(2'048, 6, "Plain\r");
  const std::string wide = samples::utf16le("wide A123456(3)");
  document.replace(3'000, wide.size(), wide);
  table = std::string(4'096, '\0');
  table[0] = 2;
  put(table, 1, 4 * 3 + 8 * 2, 4);
  put(table, 5, 0, 4);
  put(table, 9, 6, 4);
  put(table, 13, 21, 4);
  put(table, 17 + 2, 0x40000000 | (2'048 * 2), 4);
  put(table, 25 + 2, 3'000, 4);
  return {"WordDocument", document};
}

std::string record(std::uint32_t type, const std::string& body) {
  std::string out(4, '\0');
  put(out, 0, type, 2);
  put(out, 2, body.size(), 2);
  return out + body;
}

TEST(CompoundFile, StreamsComeBackAsTheyWent) {
  std::string content;
  for (int i = 0; i < 5'000; ++i) content += static_cast<char>(i * 31);
  const std::string octets = samples::compound({{"One", content}, {"Two", padded("second")}});
  const CompoundFile file(as_bytes(octets));
  ASSERT_TRUE(file.is_good());
  EXPECT_EQ(as_text(*file.stream("One")), content);
  EXPECT_EQ(file.stream("Two")->size(), 4'096U);
  EXPECT_FALSE(file.stream("Three"));
}

TEST(CompoundFile, RingsAndCutsEnd) {
  std::string octets = samples::compound({{"One", padded("x", 8'192)}});
  for (std::size_t sector = 2; sector < 20; ++sector) put(octets, 512 + 4 * sector, 2, 4);
  const CompoundFile ring(as_bytes(octets));
  EXPECT_EQ(ring.stream("One")->size(), 8'192U);
  for (std::size_t length = 0; length < octets.size(); length += 97) {
    const CompoundFile cut(as_bytes(std::string_view(octets).substr(0, length)));
    static_cast<void>(cut.stream("One"));
  }
}

TEST(LegacyOffice, WordByItsPieces) {
  std::string table;
  const samples::Member document = word_document(table);
  const Extract extract = samples::extracted(samples::compound({document, {"0Table", table}}));
  EXPECT_EQ(samples::text_in(extract), "body: Plain\nwide A123456(3)\n");
  EXPECT_TRUE(extract.is_complete());
}

TEST(LegacyOffice, AnEncryptedWordDocumentIsSaidToBe) {
  std::string table;
  samples::Member document = word_document(table);
  put(document.content, 10, 0x100, 2);
  EXPECT_TRUE(samples::extracted(samples::compound({document, {"0Table", table}})).is_encrypted());
  EXPECT_TRUE(samples::extracted(
                  samples::compound({{"EncryptedPackage", padded("x")}, {"EncryptionInfo", padded("y")}}))
                  .is_encrypted());
}

TEST(LegacyOffice, WorkbooksByTheirRecords) {
  std::string strings(8, '\0');
  strings += std::string("\x05\0\0Hello", 8) + std::string("\x02\0\x01", 3) + samples::utf16le("Hi");
  std::string split = std::string("\x06\0\0abc", 6);
  std::string packed(10, '\0');
  put(packed, 6, (1'234 << 2) | 2, 4);
  const std::string stream = record(0x809, "") + record(0xFC, strings + split) +
                             record(0x3C, std::string("\0def", 4)) + record(0x27E, packed);
  const LegacyText text = text_of_workbook(as_bytes(stream));
  EXPECT_EQ(text.text, "Hello\nHi\nabcdef\n1234\n");
  EXPECT_FALSE(text.is_encrypted);
  EXPECT_TRUE(text_of_workbook(as_bytes(record(0x809, "") + record(0x2F, "x"))).is_encrypted);
}

TEST(LegacyOffice, PresentationsByTheirRecords) {
  const auto ppt = [](std::uint32_t version, std::uint32_t type, const std::string& body) {
    std::string out(8, '\0');
    put(out, 0, version, 2);
    put(out, 2, type, 2);
    put(out, 4, body.size(), 4);
    return out + body;
  };
  const std::string stream =
      ppt(0x0F, 1'000, ppt(0, 4'000, samples::utf16le("wide\rtext")) + ppt(0, 4'008, "narrow"));
  const LegacyText text = text_of_presentation(as_bytes(stream));
  EXPECT_EQ(text.text, "wide\ntext\nnarrow\n");
  EXPECT_FALSE(text.is_damaged);
  EXPECT_TRUE(
      text_of_presentation(as_bytes(std::string_view(stream).substr(0, stream.size() - 2))).is_damaged);
}

}  // namespace
}  // namespace kuramori::sandbox::documents
