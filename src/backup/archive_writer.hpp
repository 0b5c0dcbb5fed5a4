// Writes an archive from front to back.
//
//   ArchiveWriter writer(file, head, key);
//   writer.begin(origin);  writer.table(kRooms);  writer.row(row); …  writer.file(name, *blob, {}); …
//   writer.end(left_out);
//
// Holds a chunk and a row in memory. Used on one thread.
#pragma once
#include <functional>
#include <string_view>

#include "backup/archive_format.hpp"
#include "backup/chunks.hpp"
#include "storage/blob_store.hpp"

namespace kuramori::backup {

class ArchiveWriter {
 public:
  ArchiveWriter(Sink& sink, const Head& head, const crypto::SecretKey& organisation);

  Result<void> begin(const Origin& origin);
  Result<void> table(const storage::Table& table);
  // Of the table before.
  Result<void> row(const storage::Row& row);
  // `copied` hears of each piece, and ends the work by an error.
  Result<void> file(std::string_view name, storage::BlobReader& blob,
                    const std::function<Result<void>(std::size_t)>& copied);
  Result<Summary> end(const LeftOut& left_out);

 private:
  Result<void> entry(EntryKind kind, ByteView payload);

  Sink& sink_;
  const Bytes head_;
  ChunkWriter chunks_;
  Summary summary_;
  std::int64_t* rows_ = nullptr;  // of the table that is written
  Bytes buffer_;
};

}  // namespace kuramori::backup
