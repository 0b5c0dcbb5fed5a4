#include "sandbox/documents/file_type.hpp"

#include <magic.h>

#include <algorithm>
#include <array>
#include <memory>

#include "sandbox/documents/archive.hpp"
#include "sandbox/documents/charset.hpp"

namespace kuramori::sandbox::documents {
namespace {

constexpr std::size_t kHeadBytes = 1'024;  // ISO 32000-1, annex H: readers look for a PDF's head so far

struct CloseMagic {
  void operator()(magic_set* table) const { magic_close(table); }
};

// One for the process, opened before it is confined; it is used on the job's thread alone.
std::unique_ptr<magic_set, CloseMagic>& magic_table() {
  static std::unique_ptr<magic_set, CloseMagic> table;
  return table;
}

struct Signature {
  std::string_view octets;
  std::size_t at;
  FileKind kind;
  std::string_view media_type;
};

using namespace std::string_view_literals;
constexpr std::array kSignatures{
    Signature{"\x89PNG\r\n\x1A\n"sv, 0, FileKind::Picture, "image/png"},
    Signature{"\xFF\xD8\xFF"sv, 0, FileKind::Picture, "image/jpeg"},
    Signature{"GIF87a"sv, 0, FileKind::Picture, "image/gif"},
    Signature{"GIF89a"sv, 0, FileKind::Picture, "image/gif"},
    Signature{"II*\0"sv, 0, FileKind::Picture, "image/tiff"},
    Signature{"MM\0*"sv, 0, FileKind::Picture, "image/tiff"},
    Signature{"WEBP"sv, 8, FileKind::Picture, "image/webp"},
    Signature{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, 0, FileKind::CompoundFile, "application/x-ole-storage"},
    Signature{"{\\rtf"sv, 0, FileKind::Rtf, "application/rtf"},
    Signature{"7z\xBC\xAF\x27\x1C"sv, 0, FileKind::Archive, "application/x-7z-compressed"},
    Signature{"Rar!\x1A\x07"sv, 0, FileKind::Archive, "application/vnd.rar"},
    Signature{"MSCF\0\0\0\0"sv, 0, FileKind::Archive, "application/vnd.ms-cab-compressed"},
    Signature{"ustar"sv, 257, FileKind::Archive, "application/x-tar"},
    Signature{"CD001"sv, 0x8001, FileKind::Archive, "application/x-iso9660-image"},
    Signature{"!<arch>\n"sv, 0, FileKind::Archive, "application/x-archive"},
    Signature{"070701"sv, 0, FileKind::Archive, "application/x-cpio"},
    Signature{"-lh"sv, 2, FileKind::Archive, "application/x-lzh-compressed"},
    Signature{"\x1F\x8B"sv, 0, FileKind::Compressed, "application/gzip"},
    Signature{"BZh"sv, 0, FileKind::Compressed, "application/x-bzip2"},
    Signature{"\xFD"
              "7zXZ\0"sv,
              0, FileKind::Compressed, "application/x-xz"},
    Signature{"\x28\xB5\x2F\xFD"sv, 0, FileKind::Compressed, "application/zstd"},
    Signature{"\x04\x22\x4D\x18"sv, 0, FileKind::Compressed, "application/x-lz4"},
    Signature{"LZIP"sv, 0, FileKind::Compressed, "application/x-lzip"},
    Signature{"\x1F\x9D"sv, 0, FileKind::Compressed, "application/x-compress"},
};

FileType office_type(std::string_view content_type, FileKind kind) {
  return {kind, "application/vnd.openxmlformats-officedocument." + std::string(content_type)};
}

// OPC and ODF are zips whose entries say what they are.
FileType type_of_zip(ByteView content) {
  const std::string stored = ZipNames::stored_first(content, "mimetype");
  if (stored.starts_with("application/vnd.oasis.opendocument.")) return {FileKind::OpenDocument, stored};
  const ZipNames names(content);
  if (names.has("[Content_Types].xml")) {
    if (names.has("word/")) return office_type("wordprocessingml.document", FileKind::WordXml);
    if (names.has("xl/")) return office_type("spreadsheetml.sheet", FileKind::SheetXml);
    if (names.has("ppt/")) return office_type("presentationml.presentation", FileKind::SlidesXml);
  }
  if (names.has("content.xml") && names.has("META-INF/manifest.xml"))
    return {FileKind::OpenDocument, "application/vnd.oasis.opendocument"};
  if (stored == "application/epub+zip") return {FileKind::Archive, stored};
  return {FileKind::Archive, "application/zip"};
}

// RFC 5322: fields before a blank line, of which some are of mail alone.
bool is_mail(std::string_view text) {
  constexpr std::array kFields{"received:"sv,     "from:"sv,        "to:"sv,           "subject:"sv,
                               "date:"sv,         "message-id:"sv,  "mime-version:"sv, "return-path:"sv,
                               "delivered-to:"sv, "content-type:"sv};
  std::size_t known = 0;
  std::size_t lines = 0;
  if (text.starts_with("From ")) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  while (!text.empty() && lines < 200) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) break;
    ++lines;
    if (line.front() == ' ' || line.front() == '\t') continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || line.find(' ') < colon) return false;
    std::ranges::transform(line, line.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    known +=
        std::ranges::any_of(kFields, [&](std::string_view field) { return line.starts_with(field); }) ? 1 : 0;
  }
  return known >= 3;
}

bool is_html(std::string_view text) {
  std::string head(text.substr(0, kHeadBytes));
  std::ranges::transform(head, head.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view mark : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv, "<svg"sv}) {
    if (head.find(mark) != std::string::npos) return true;
  }
  return head.starts_with("<?xml");
}

std::string magic_type(ByteView content) {
  magic_set* table = magic_table().get();
  if (table == nullptr) return {};
  const char* type = magic_buffer(table, content.data(), content.size());
  return type != nullptr ? type : "";
}

FileType text_type(ByteView content) {
  const std::string_view text = as_text(content);
  if (is_mail(text)) return {FileKind::Mail, "message/rfc822"};
  const std::string head = decode_text(content.first(std::min(content.size(), kHeadBytes))).text;
  if (is_html(head)) {
    const std::string type = magic_type(content);
    return {FileKind::Html, type.starts_with("image/svg") || type.ends_with("/xml") ? type : "text/html"};
  }
  const std::string type = magic_type(content.first(std::min<std::size_t>(content.size(), 65'536)));
  return {FileKind::Text,
          type.starts_with("text/") || type.starts_with("application/json") ? type : "text/plain"};
}

// "BM" alone begins many a text.
bool is_bitmap(ByteView content) {
  return content.size() > 26 && content[0] == 'B' && content[1] == 'M' && content[6] == 0 &&
         content[7] == 0 && content[8] == 0 && content[9] == 0;
}

}  // namespace

FileType file_type_of(ByteView content) {
  if (content.empty()) return {FileKind::Text, "application/x-empty"};
  const std::string_view text = as_text(content);
  const std::string_view head = text.substr(0, kHeadBytes);
  if (const std::size_t at = head.find("%PDF-"); at != std::string_view::npos)
    return {FileKind::Pdf, "application/pdf"};
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"sv) || head.starts_with("PK\x07\x08PK"))
    return type_of_zip(content);
  for (const Signature& signature : kSignatures) {
    if (text.size() >= signature.at + signature.octets.size() &&
        text.substr(signature.at, signature.octets.size()) == signature.octets) {
      return {signature.kind, std::string(signature.media_type)};
    }
  }
  if (is_bitmap(content)) return {FileKind::Picture, "image/bmp"};
  if (looks_like_text(content)) return text_type(content);
  std::string type = magic_type(content);
  if (type.empty()) type = "application/octet-stream";
  return {FileKind::Opaque, std::move(type)};
}

bool has_archive_behind(ByteView content) {
  const ZipNames names(content);
  return !names.empty() && names.is_at_end();
}

bool warm_file_types() {
  if (magic_table()) return true;
  magic_table().reset(
      magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_ELF));
  return magic_table() && magic_load(magic_table().get(), nullptr) == 0;
}

}  // namespace kuramori::sandbox::documents
