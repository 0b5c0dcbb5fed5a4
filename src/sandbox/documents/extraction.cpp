#include "sandbox/documents/extraction.hpp"

#include <algorithm>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"
#include "sandbox/documents/file_type.hpp"

namespace kuramori::sandbox::documents {
namespace {

// What compresses well and is small is no bomb.
constexpr std::uint64_t kRatioFreeBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMetadataMax = 2'000;
constexpr std::size_t kMetadataBytesMax = 8'192;
constexpr std::size_t kUnreadableMax = 1'000;

using Extractor = void (*)(ByteView, const Position&, Extraction&);

Extractor extractor_of(FileKind kind) {
  switch (kind) {
    case FileKind::Opaque:
      return nullptr;
    case FileKind::Text:
      return extract_plain_text;
    case FileKind::Html:
      return extract_html;
    case FileKind::Mail:
      return extract_mail;
    case FileKind::Rtf:
      return extract_rtf;
    case FileKind::Pdf:
      return extract_pdf;
    case FileKind::WordXml:
      return extract_word;
    case FileKind::SheetXml:
      return extract_sheets;
    case FileKind::SlidesXml:
      return extract_slides;
    case FileKind::OpenDocument:
      return extract_open_document;
    case FileKind::CompoundFile:
      return extract_compound_file;
    case FileKind::Archive:
      return extract_archive;
    case FileKind::Compressed:
      return extract_compressed;
    case FileKind::Picture:
      return extract_picture;
  }
  return nullptr;
}

bool is_container_of_zip(FileKind kind) {
  return kind == FileKind::Archive || kind == FileKind::WordXml || kind == FileKind::SheetXml ||
         kind == FileKind::SlidesXml || kind == FileKind::OpenDocument;
}

// A character is not cut in two.
std::size_t whole_characters(std::string_view text, std::size_t bytes_max) {
  std::size_t length = std::min(text.size(), bytes_max);
  while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    --length;
  return length;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

}  // namespace

Position Position::inside(std::string_view name) const {
  return {.path = path.empty() ? std::string(name) : path + "/" + std::string(name), .depth = depth + 1};
}

Extraction::Extraction(const ExtractRequest& request)
    : request_(request),
      deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(request.time_ms_max)) {}

void Extraction::examine(ByteView content, const Position& position) {
  if (!may_go_on()) return;
  const FileType type = file_type_of(content);
  if (position.depth == 0) {
    extract_.media_type = type.media_type;
  } else {
    add_file(position, type.media_type, content.size());
  }
  if (position.depth > request_.depth_max) {
    // What holds nothing further is read all the same.
    const bool is_container = is_container_of_zip(type.kind) || type.kind == FileKind::Compressed ||
                              type.kind == FileKind::Mail || type.kind == FileKind::CompoundFile;
    if (is_container) {
      hit(ExtractLimit::Depth);
      mark_unreadable(position, Unreadable::TooDeep);
      return;
    }
  }
  if (const Extractor extract = extractor_of(type.kind)) extract(content, position, *this);
  if (!is_container_of_zip(type.kind) && has_archive_behind(content)) {
    mark_polyglot();
    if (position.depth <= request_.depth_max) extract_archive(content, position, *this);
  }
}

void Extraction::add_text(const Position& position, std::string_view place, std::string_view text) {
  if (is_blank(text)) return;
  const std::size_t length = whole_characters(text, text_bytes_left());
  if (length < text.size()) hit(ExtractLimit::Text);
  if (length == 0) return;
  text_bytes_ += length;
  extract_.texts.push_back(
      {.file = position.path, .place = std::string(place), .text = std::string(text.substr(0, length))});
}

void Extraction::add_metadata(const Position& position, std::string_view name, std::string_view value) {
  if (is_blank(value) || extract_.metadata.size() >= kMetadataMax) return;
  extract_.metadata.push_back(
      {.file = position.path,
       .name = std::string(name),
       .value = std::string(value.substr(0, whole_characters(value, kMetadataBytesMax)))});
}

bool Extraction::wants_picture() const {
  return request_.pictures == ExtractRequest::Pictures::Give;
}

void Extraction::add_picture(const Position& position, std::string_view place, ByteView content) {
  if (!wants_picture() || content.empty()) return;
  if (extract_.pictures.size() >= request_.pictures_max ||
      picture_bytes_ + content.size() > request_.picture_bytes_max) {
    hit(ExtractLimit::Pictures);
    return;
  }
  picture_bytes_ += content.size();
  extract_.pictures.push_back(
      {.file = position.path, .place = std::string(place), .content = Bytes(content.begin(), content.end())});
}

void Extraction::add_file(const Position& position, std::string_view media_type, std::uint64_t bytes) {
  extract_.files.push_back({.path = position.path, .media_type = std::string(media_type), .bytes = bytes});
}

void Extraction::mark_unreadable(const Position& position, Unreadable reason) {
  const bool is_known = std::ranges::any_of(extract_.unreadable, [&](const UnreadablePart& part) {
    return part.file == position.path && part.reason == reason;
  });
  if (is_known || extract_.unreadable.size() >= kUnreadableMax) return;
  extract_.unreadable.push_back({.file = position.path, .reason = reason});
}

void Extraction::hit(ExtractLimit limit) {
  if (std::ranges::find(extract_.limits, limit) == extract_.limits.end()) extract_.limits.push_back(limit);
}

bool Extraction::may_inflate(std::uint64_t bytes, std::uint64_t stored) {
  inflated_bytes_ += bytes;
  if (inflated_bytes_ > request_.inflated_bytes_max) {
    hit(ExtractLimit::Inflated);
    return false;
  }
  if (inflated_bytes_ > kRatioFreeBytes &&
      inflated_bytes_ / std::max<std::uint64_t>(stored, 1) > request_.ratio_max) {
    hit(ExtractLimit::Ratio);
    return false;
  }
  return may_go_on();
}

bool Extraction::may_enter() {
  if (++entries_ > request_.entries_max) {
    hit(ExtractLimit::Entries);
    return false;
  }
  return may_go_on();
}

bool Extraction::may_go_on() {
  if (std::chrono::steady_clock::now() < deadline_) return true;
  hit(ExtractLimit::Time);
  return false;
}

std::size_t Extraction::text_bytes_left() const {
  return static_cast<std::size_t>(request_.text_bytes_max - std::min(text_bytes_, request_.text_bytes_max));
}

Extract Extraction::finish() && {
  return std::move(extract_);
}

}  // namespace kuramori::sandbox::documents
