#include "sandbox/documents/tests/samples.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sandbox/documents/extract.hpp"

namespace kuramori::sandbox::documents::samples {
namespace {

void set_format(::archive* writer, Format format) {
  if (format == Format::Zip) archive_write_set_format_zip(writer);
  if (format == Format::StoredZip) {
    archive_write_set_format_zip(writer);
    archive_write_set_options(writer, "zip:compression=store");
  }
  if (format == Format::SevenZip) archive_write_set_format_7zip(writer);
  if (format == Format::Tar || format == Format::TarGz) archive_write_set_format_ustar(writer);
  if (format == Format::TarGz) archive_write_add_filter_gzip(writer);
}

std::string write(::archive* writer, const std::vector<Member>& members) {
  std::string out(1 << 20, '\0');
  for (const Member& member : members) out.resize(out.size() + member.content.size() + 4'096);
  std::size_t used = 0;
  EXPECT_EQ(archive_write_open_memory(writer, out.data(), out.size(), &used), ARCHIVE_OK);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    EXPECT_GE(archive_write_header(writer, entry), ARCHIVE_WARN) << archive_error_string(writer);
    archive_write_data(writer, member.content.data(), member.content.size());
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK) << archive_error_string(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

void put(std::string& out, std::size_t at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out[at + i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

std::string archive(Format format, const std::vector<Member>& members) {
  ::archive* writer = archive_write_new();
  set_format(writer, format);
  return write(writer, members);
}

std::string encrypted_zip(const std::vector<Member>& members) {
  ::archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  EXPECT_EQ(archive_write_set_options(writer, "zip:encryption=zipcrypt"), ARCHIVE_OK);
  archive_write_set_passphrase(writer, "correct horse");
  return write(writer, members);
}

std::string gzip(std::string_view content) {
  ::archive* writer = archive_write_new();
  archive_write_set_format_raw(writer);
  archive_write_add_filter_gzip(writer);
  return write(writer, {{"data", std::string(content)}});
}

std::string paragraph(std::string_view text) {
  return "<w:p><w:r><w:t>" + std::string(text) + "</w:t></w:r></w:p>";
}

std::string docx(std::string_view body_xml, const std::vector<Member>& more) {
  std::vector<Member> members{
      {"[Content_Types].xml",
       "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"},
      {"word/document.xml",
       "<w:document xmlns:w='w'><w:body>" + std::string(body_xml) + "</w:body></w:document>"}};
  members.insert(members.end(), more.begin(), more.end());
  return archive(Format::Zip, members);
}

std::string pdf(const std::vector<std::string>& pages) {
  std::string kids;
  std::string objects;
  std::size_t number = 4;
  for (const std::string& text : pages) {
    kids += std::to_string(number) + " 0 R ";
    const std::string content =
        text.empty() ? "0.5 g 20 20 60 60 re f" : "BT /F1 12 Tf 20 100 Td (" + text + ") Tj ET";
    objects += std::to_string(number) + " 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents " +
               std::to_string(number + 1) + " 0 R/Resources<</Font<</F1 3 0 R>>>>>>endobj\n" +
               std::to_string(number + 1) + " 0 obj<</Length " + std::to_string(content.size()) +
               ">>stream\n" + content + "\nendstream endobj\n";
    number += 2;
  }
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[" + kids +
         "]/Count " + std::to_string(pages.size()) +
         ">>endobj\n3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n" + objects +
         std::to_string(number) +
         " 0 obj<</Title(Quarterly report)/Author(Aiko)>>endobj\ntrailer<</Root 1 0 R/Info " +
         std::to_string(number) + " 0 R>>\n";
}

std::string utf16le(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide.append({c, '\0'});
  return wide;
}

// [MS-CFB]: header, one sector of the table, one of the directory, then the streams.
std::string compound(const std::vector<Member>& streams) {
  constexpr std::size_t kSector = 512;
  EXPECT_LE(streams.size(), 3U);  // entries of one sector, besides the root
  std::vector<std::uint32_t> table{0xFFFFFFFD, 0xFFFFFFFE};
  std::string directory(kSector, '\0');
  std::string data;
  const auto write_entry = [&](std::size_t index, std::string_view name, char type, std::uint32_t first,
                               std::size_t bytes) {
    const std::size_t at = index * 128;
    const std::string wide = utf16le(name);
    directory.replace(at, wide.size(), wide);
    put(directory, at + 64, wide.size() + 2, 2);
    directory[at + 66] = type;
    put(directory, at + 68, 0xFFFFFFFF, 4);
    put(directory, at + 72, index > 0 && index < streams.size() ? index + 1 : 0xFFFFFFFF, 4);
    put(directory, at + 76, index == 0 ? 1 : 0xFFFFFFFF, 4);
    put(directory, at + 116, first, 4);
    put(directory, at + 120, bytes, 8);
  };
  write_entry(0, "Root Entry", 5, 0xFFFFFFFE, 0);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    EXPECT_GE(streams[i].content.size(), 4'096U);
    const auto first = static_cast<std::uint32_t>(table.size());
    const std::size_t sectors = (streams[i].content.size() + kSector - 1) / kSector;
    for (std::size_t s = 1; s < sectors; ++s) table.push_back(first + static_cast<std::uint32_t>(s));
    table.push_back(0xFFFFFFFE);
    write_entry(i + 1, streams[i].name, 2, first, streams[i].content.size());
    data += streams[i].content;
    data.resize(data.size() + sectors * kSector - streams[i].content.size());
  }
  EXPECT_LE(table.size(), kSector / 4);
  std::string header(kSector, '\0');
  header.replace(0, 8, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
  put(header, 26, 3, 2);
  put(header, 30, 9, 2);
  put(header, 32, 6, 2);
  put(header, 44, 1, 4);
  put(header, 48, 1, 4);
  put(header, 56, 4'096, 4);
  put(header, 60, 0xFFFFFFFE, 4);
  put(header, 68, 0xFFFFFFFE, 4);
  for (std::size_t i = 0; i < 109; ++i) put(header, 76 + 4 * i, i == 0 ? 0 : 0xFFFFFFFF, 4);
  std::string table_sector(kSector, '\xFF');
  for (std::size_t i = 0; i < table.size(); ++i) put(table_sector, 4 * i, table[i], 4);
  return header + table_sector + directory + data;
}

Extract extracted(std::string_view file, const ExtractRequest& request) {
  static const bool is_warm = warm();
  EXPECT_TRUE(is_warm);
  const Answer answer = extract(request.encode(), as_bytes(file));
  EXPECT_EQ(answer.verdict, Verdict::Done);
  auto decoded = Extract::decode(answer.output);
  EXPECT_TRUE(decoded.has_value());
  return decoded ? *std::move(decoded) : Extract{};
}

std::string text_in(const Extract& extract) {
  std::string all;
  for (const ExtractedText& text : extract.texts) {
    if (!text.file.empty()) all += "[" + text.file + "] ";
    all += text.place + ": " + text.text + "\n";
  }
  return all;
}

bool has_limit(const Extract& extract, ExtractLimit limit) {
  return std::ranges::find(extract.limits, limit) != extract.limits.end();
}

bool has_unreadable(const Extract& extract, std::string_view file, Unreadable reason) {
  return std::ranges::any_of(extract.unreadable, [&](const UnreadablePart& part) {
    return part.file == file && part.reason == reason;
  });
}

}  // namespace kuramori::sandbox::documents::samples
