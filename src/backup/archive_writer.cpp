#include "backup/archive_writer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::backup {

ArchiveWriter::ArchiveWriter(Sink& sink, const Head& head, const crypto::SecretKey& organisation)
    : sink_(sink), head_(write_head(head)), chunks_(sink, key_of(head, organisation), place_of(head)) {}

Result<void> ArchiveWriter::entry(EntryKind kind, ByteView payload) {
  if (payload.size() > kEntryBytesMax)
    return Error(ErrorCode::TooLarge, "KURAMORI_BACKUP_ROW",
                 "A row of the database is too large for a backup.");
  Bytes head;
  head.push_back(static_cast<std::uint8_t>(kind));
  append_number(head, payload.size(), kEntryHeadBytes - 1);
  KURAMORI_CHECK(chunks_.write(head));
  return chunks_.write(payload);
}

Result<void> ArchiveWriter::begin(const Origin& origin) {
  summary_.origin = origin;
  KURAMORI_CHECK(sink_.append(head_));
  return entry(EntryKind::Start, as_bytes(to_text(origin)));
}

Result<void> ArchiveWriter::table(const storage::Table& table) {
  rows_ = &summary_.contents.rows[table.name];
  return entry(EntryKind::Table, as_bytes(to_text(shape_of(table))));
}

Result<void> ArchiveWriter::row(const storage::Row& row) {
  ensure(rows_ != nullptr, "a row follows its table");
  buffer_.clear();
  append_row(buffer_, row);
  ++*rows_;
  return entry(EntryKind::Row, buffer_);
}

Result<void> ArchiveWriter::file(std::string_view name, storage::BlobReader& blob,
                                 const std::function<Result<void>(std::size_t)>& copied) {
  Bytes about;
  append_number(about, blob.bytes(), 8);
  about.insert(about.end(), name.begin(), name.end());
  KURAMORI_CHECK(entry(EntryKind::File, about));
  buffer_.resize(kPlainBytes);
  for (std::uint64_t at = 0; at < blob.bytes();) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kPlainBytes, blob.bytes() - at));
    const std::span<std::uint8_t> piece(buffer_.data(), count);
    KURAMORI_CHECK(blob.read(at, piece));
    KURAMORI_CHECK(chunks_.write(piece));
    at += count;
    if (copied) KURAMORI_CHECK(copied(count));
  }
  ++summary_.contents.files;
  summary_.contents.file_octets += static_cast<std::int64_t>(blob.bytes());
  return {};
}

Result<Summary> ArchiveWriter::end(const LeftOut& left_out) {
  summary_.left_out = left_out;
  KURAMORI_CHECK(entry(EntryKind::End, as_bytes(end_text(summary_))));
  KURAMORI_CHECK(chunks_.finish());
  return summary_;
}

}  // namespace kuramori::backup
