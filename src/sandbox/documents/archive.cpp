#include "sandbox/documents/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"

namespace kuramori::sandbox::documents {
namespace {

constexpr std::size_t kPieceBytes = 65'536;
constexpr std::size_t kNamesMax = 5'000;  // of the directory of a zip, to tell what it is
constexpr std::size_t kEndRecordBytes = 22;

// Each is a parser of this library; programs of the system are never started for others.
void support_filters(archive* reader) {
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_lzma(reader);
  archive_read_support_filter_lzip(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_lz4(reader);
  archive_read_support_filter_compress(reader);
}

void support_formats(archive* reader) {
  archive_read_support_format_zip(reader);
  archive_read_support_format_7zip(reader);
  archive_read_support_format_rar(reader);
  archive_read_support_format_rar5(reader);
  archive_read_support_format_tar(reader);
  archive_read_support_format_cab(reader);
  archive_read_support_format_iso9660(reader);
  archive_read_support_format_cpio(reader);
  archive_read_support_format_ar(reader);
  archive_read_support_format_lha(reader);
}

std::uint32_t little(ByteView bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = (value << 8) | bytes[at + i - 1];
  return value;
}

}  // namespace

void ArchiveReader::Free::operator()(archive* reader) const {
  archive_read_free(reader);
}

ArchiveReader::ArchiveReader(ByteView content, Kind kind) : content_(content), reader_(archive_read_new()) {
  archive* reader = reader_.get();
  if (reader == nullptr) {
    state_ = State::Damaged;
    return;
  }
  if (kind == Kind::Zip) archive_read_support_format_zip(reader);
  if (kind == Kind::Any) support_formats(reader);
  if (kind == Kind::Compressed) {
    archive_read_support_format_tar(reader);
    archive_read_support_format_cpio(reader);
  }
  if (kind == Kind::Compressed || kind == Kind::Raw) archive_read_support_format_raw(reader);
  if (kind != Kind::Zip) support_filters(reader);
  if (archive_read_open_memory(reader, content.data(), content.size()) < ARCHIVE_WARN)
    state_ = State::Damaged;
}

ArchiveReader::~ArchiveReader() = default;

// libarchive has no code of its own for what is encrypted: the entry says it, or it tells by its message.
void ArchiveReader::note_failure() {
  const char* text = archive_error_string(reader_.get());
  const std::string_view message = text != nullptr ? text : "";
  const bool is_encrypted = message.find("ncrypt") != std::string_view::npos ||
                            message.find("assphrase") != std::string_view::npos ||
                            archive_read_has_encrypted_entries(reader_.get()) > 0;
  state_ = is_encrypted ? State::Encrypted : State::Damaged;
}

std::optional<ArchiveReader::Entry> ArchiveReader::next() {
  if (state_ == State::Damaged && entry_ == nullptr) return std::nullopt;
  const int outcome = archive_read_next_header(reader_.get(), &entry_);
  if (outcome == ARCHIVE_EOF) {
    state_ = State::Good;
    return std::nullopt;
  }
  if (outcome < ARCHIVE_WARN) {
    note_failure();
    return std::nullopt;
  }
  state_ = State::Good;
  Entry entry;
  const char* name = archive_entry_pathname_utf8(entry_);
  if (name == nullptr) name = archive_entry_pathname(entry_);
  if (name != nullptr) entry.name = decode_text(as_bytes(name)).text;
  entry.is_file = archive_entry_filetype(entry_) == AE_IFREG || archive_entry_filetype(entry_) == 0;
  entry.is_encrypted =
      archive_entry_is_data_encrypted(entry_) != 0 || archive_entry_is_metadata_encrypted(entry_) != 0;
  return entry;
}

std::optional<Bytes> ArchiveReader::read(Extraction& extraction) {
  Bytes content;
  std::array<std::uint8_t, kPieceBytes> piece{};
  for (;;) {
    const la_ssize_t got = archive_read_data(reader_.get(), piece.data(), piece.size());
    if (got == 0) return content;
    if (got < 0) {
      note_failure();
      if (got == ARCHIVE_WARN) continue;
      return std::nullopt;
    }
    const auto count = static_cast<std::size_t>(got);
    if (!extraction.may_inflate(count, content_.size())) return std::nullopt;
    content.insert(content.end(), piece.begin(), piece.begin() + got);
  }
}

ZipNames::ZipNames(ByteView content) {
  // APPNOTE 4.3.16: the end record, before a comment of at most 64 KiB.
  if (content.size() < kEndRecordBytes) return;
  const std::size_t lowest =
      content.size() > kEndRecordBytes + 65'535 ? content.size() - kEndRecordBytes - 65'535 : 0;
  std::size_t end = content.size() - kEndRecordBytes;
  while (little(content, end, 4) != 0x06054b50) {
    if (end == lowest) return;
    --end;
  }
  is_at_end_ = end + kEndRecordBytes + little(content, end + 20, 2) == content.size();
  const std::size_t directory_bytes = little(content, end + 12, 4);
  if (directory_bytes > end) return;
  std::size_t at = end - directory_bytes;  // where it is, even when something stands before the archive
  while (at + 46 <= end && names_.size() < kNamesMax && little(content, at, 4) == 0x02014b50) {
    const std::size_t name_bytes = little(content, at + 28, 2);
    const std::size_t extra_bytes = little(content, at + 30, 2);
    const std::size_t comment_bytes = little(content, at + 32, 2);
    if (at + 46 + name_bytes > end) break;
    names_.emplace_back(as_text(content.subspan(at + 46, name_bytes)));
    at += 46 + name_bytes + extra_bytes + comment_bytes;
  }
}

bool ZipNames::has(std::string_view name) const {
  return std::ranges::any_of(names_, [name](const std::string& candidate) {
    return candidate == name || (name.ends_with('/') && candidate.starts_with(name));
  });
}

std::string ZipNames::stored_first(ByteView content, std::string_view name) {
  constexpr std::size_t kHeader = 30;  // APPNOTE 4.3.7
  constexpr std::size_t kBytesMax = 200;
  if (content.size() < kHeader + name.size() || little(content, 0, 4) != 0x04034b50) return {};
  const std::size_t bytes = little(content, 18, 4);
  const std::size_t name_bytes = little(content, 26, 2);
  const std::size_t begin = kHeader + name_bytes + little(content, 28, 2);
  const bool is_stored = little(content, 8, 2) == 0;
  if (!is_stored || name_bytes != name.size() || as_text(content.subspan(kHeader, name_bytes)) != name)
    return {};
  if (bytes > kBytesMax || begin + bytes > content.size()) return {};
  return std::string(as_text(content.subspan(begin, bytes)));
}

namespace {

// How many entries there were.
std::size_t extract_entries(ArchiveReader& reader, const Position& position, Extraction& extraction) {
  std::size_t count = 0;
  while (const auto entry = reader.next()) {
    ++count;
    if (!extraction.may_enter()) return count;
    if (!entry->is_file) continue;
    const Position inside = position.inside(entry->name);
    if (entry->is_encrypted) {
      extraction.add_file(inside, "", 0);
      extraction.mark_unreadable(inside, Unreadable::Encrypted);
      continue;
    }
    const auto content = reader.read(extraction);
    if (content) {
      extraction.examine(*content, inside);
    } else if (reader.state() == ArchiveReader::State::Good) {
      return count;  // a limit was hit
    } else {
      extraction.mark_unreadable(inside, reader.state() == ArchiveReader::State::Encrypted
                                             ? Unreadable::Encrypted
                                             : Unreadable::Damaged);
    }
  }
  if (reader.state() == ArchiveReader::State::Encrypted)
    extraction.mark_unreadable(position, Unreadable::Encrypted);
  if (reader.state() == ArchiveReader::State::Damaged)
    extraction.mark_unreadable(position, Unreadable::Damaged);
  return count;
}

}  // namespace

void extract_archive(ByteView content, const Position& position, Extraction& extraction) {
  ArchiveReader reader(content, ArchiveReader::Kind::Any);
  extract_entries(reader, position, extraction);
}

// What is compressed and no archive is one file, whose name nobody knows.
void extract_compressed(ByteView content, const Position& position, Extraction& extraction) {
  ArchiveReader reader(content, ArchiveReader::Kind::Compressed);
  if (extract_entries(reader, position, extraction) > 0) return;
  // Zeros at its front look like the end of a tar: what follows them is read all the same.
  ArchiveReader raw(content, ArchiveReader::Kind::Raw);
  extract_entries(raw, position, extraction);
}

}  // namespace kuramori::sandbox::documents
