// How tables of detectors lie in the store: a row that tells of each, and its content in sealed parts.
#pragma once
#include "gate/detector_tables.hpp"

namespace kuramori::gate::detail {

// The name in the key tree of what seals one generation.
std::string key_owner(std::string_view name, std::int64_t generation);
// What the values of a generation are hashed under.
crypto::ShortHash hash_of(const crypto::SecretKey& key);

storage::Row table_row(const crypto::SecretKey& key, const DetectorTable& about, std::int64_t generation,
                       std::size_t parts, Random& random);
struct TableRow {
  DetectorTable about;
  std::int64_t generation = 0;
  std::int64_t parts = 0;
};
// Without what is sealed: rows, hashes, names of parts.
Result<TableRow> table_of(const storage::Row& row);
Result<void> open_about(const crypto::SecretKey& key, const storage::Row& row, TableRow& table);

std::size_t part_count(const Bytes& content);
storage::Row part_row(const crypto::SecretKey& key, const TableRow& table, const Bytes& content,
                      std::size_t part, Random& random);
Result<Bytes> read_parts(storage::Snapshot& snapshot, const crypto::SecretKey& key, const TableRow& table);

}  // namespace kuramori::gate::detail
