#include "audit/record_rows.hpp"

namespace kuramori::audit {
namespace {

CheckpointRow to_checkpoint(storage::Row&& row) {
  return {static_cast<std::uint64_t>(storage::integer(row[checkpoint_column::Size])),
          std::get<std::string>(std::move(row[checkpoint_column::Note])),
          storage::integer(row[checkpoint_column::Time])};
}

}  // namespace

EntryRow to_entry(storage::Row&& row) {
  return {static_cast<std::uint64_t>(storage::integer(row[entry_column::Index])),
          storage::integer(row[entry_column::Time]), storage::integer(row[entry_column::Kind]),
          std::get<Bytes>(std::move(row[entry_column::Bytes])),
          std::get<Bytes>(std::move(row[entry_column::Mac]))};
}

storage::Scan entries_from(std::uint64_t index, std::size_t limit) {
  storage::Scan scan;
  scan.table = &kRecordEntries;
  scan.from = storage::Value(static_cast<std::int64_t>(index));
  scan.limit = limit;
  return scan;
}

Result<std::uint64_t> entry_count(storage::Snapshot& snapshot) {
  storage::Scan scan;
  scan.table = &kRecordEntries;
  scan.direction = storage::Direction::Backward;
  scan.limit = 1;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  if (rows.empty()) return std::uint64_t{0};
  return static_cast<std::uint64_t>(storage::integer(rows.front()[entry_column::Index])) + 1;
}

Result<std::optional<EntryRow>> read_entry(storage::Snapshot& snapshot, std::uint64_t index) {
  KURAMORI_TRY(row, snapshot.get(kRecordEntries, {static_cast<std::int64_t>(index)}));
  if (!row) return std::optional<EntryRow>();
  return std::optional(to_entry(*std::move(row)));
}

TileLoader tiles_of(storage::Snapshot& snapshot) {
  return [&snapshot](unsigned level, std::uint64_t index) -> Result<std::vector<Hash>> {
    KURAMORI_TRY(row, snapshot.get(kRecordTiles,
                                   {static_cast<std::int64_t>(level), static_cast<std::int64_t>(index)}));
    if (!row) return not_found("There is no such tile.");
    return parse_tile(storage::blob((*row)[tile_column::Hashes]));
  };
}

storage::Row tile_row(const Tile& tile) {
  return {static_cast<std::int64_t>(tile.level), static_cast<std::int64_t>(tile.index),
          tile_bytes(tile.hashes)};
}

Result<std::optional<CheckpointRow>> newest_checkpoint(storage::Snapshot& snapshot) {
  storage::Scan scan;
  scan.table = &kRecordCheckpoints;
  scan.direction = storage::Direction::Backward;
  scan.limit = 1;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  if (rows.empty()) return std::optional<CheckpointRow>();
  return std::optional(to_checkpoint(std::move(rows.front())));
}

Result<std::vector<CheckpointRow>> checkpoints_from(storage::Snapshot& snapshot, std::uint64_t size,
                                                    std::size_t limit) {
  storage::Scan scan;
  scan.table = &kRecordCheckpoints;
  scan.from = storage::Value(static_cast<std::int64_t>(size));
  scan.limit = limit;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  std::vector<CheckpointRow> checkpoints;
  checkpoints.reserve(rows.size());
  for (storage::Row& row : rows) checkpoints.push_back(to_checkpoint(std::move(row)));
  return checkpoints;
}

}  // namespace kuramori::audit
