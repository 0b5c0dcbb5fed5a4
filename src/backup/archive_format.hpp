// What an archive looks like inside.
//
//   archive := "kuramori-backup\n" version:u8 id[16] length:u16 wrapped-organisation-key chunks (chunks.hpp)
//   chunks  := entries, one after the other
//   entry   := kind:u8 length:u64 payload
//
//   Start    JSON: where and when it was made, and of what schema
//   Table    JSON: the shape of the rows that follow
//   Row      a value for each column
//   File     octets:u64 name, and behind the payload the blob as it lies in the blob store
//   End      JSON: what was written; nothing follows
//
// Numbers are big-endian. The head is bound to every chunk.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "backup/octets.hpp"
#include "backup/summary.hpp"
#include "crypto/aead.hpp"
#include "storage/schema.hpp"
#include "storage/value.hpp"

namespace kuramori::backup {

enum class EntryKind : std::uint8_t { Start = 1, Table = 2, Row = 3, File = 4, End = 5 };

constexpr std::size_t kEntryHeadBytes = 9;
// No row and no description is larger; files have no bound.
constexpr std::uint64_t kEntryBytesMax = std::uint64_t{512} << 20;

struct Head {
  std::array<std::uint8_t, 16> id{};
  Bytes wrapped_key = {};  // the organisation's, as it is stored: only the root key opens it
};
Bytes write_head(const Head& head);
// Says so when the file is no backup at all.
Result<Head> read_head(Source& source);
// Fresh for each archive, from the organisation's key.
crypto::SecretKey key_of(const Head& head, const crypto::SecretKey& organisation);
std::string place_of(const Head& head);

// A table as it was when the archive was made.
struct TableShape {
  std::string name = {};
  std::vector<storage::Column> columns = {};
  std::size_t key_columns = 1;
};
TableShape shape_of(const storage::Table& table);
std::string to_text(const TableShape& shape);
Result<TableShape> shape_from(std::string_view text);

void append_row(Bytes& into, const storage::Row& row);
// Refuses what does not fit the table.
Result<storage::Row> row_from(ByteView octets, const TableShape& shape);

void append_number(Bytes& into, std::uint64_t number, std::size_t octets);
std::uint64_t number_from(ByteView octets);

}  // namespace kuramori::backup
