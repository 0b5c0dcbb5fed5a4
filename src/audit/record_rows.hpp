// The rows of the record's tables as what they mean.
#pragma once
#include "audit/checkpoint.hpp"
#include "audit/tables.hpp"
#include "audit/tile.hpp"
#include "storage/store.hpp"

namespace kuramori::audit {

struct EntryRow {
  std::uint64_t index = 0;
  std::int64_t time_ms = 0;
  std::int64_t kind = 0;
  Bytes bytes;
  Bytes mac;
};
EntryRow to_entry(storage::Row&& row);

// Without a limit of its own: `for_each` stops when the visitor says so.
constexpr std::size_t kUnlimited = static_cast<std::size_t>(INT64_MAX);

storage::Scan entries_from(std::uint64_t index, std::size_t limit);
// One more than the index of the last entry that is there.
Result<std::uint64_t> entry_count(storage::Snapshot& snapshot);
Result<std::optional<EntryRow>> read_entry(storage::Snapshot& snapshot, std::uint64_t index);

// `snapshot` outlives the loader.
TileLoader tiles_of(storage::Snapshot& snapshot);
storage::Row tile_row(const Tile& tile);

struct CheckpointRow {
  std::uint64_t size = 0;
  std::string note;
  std::int64_t time_ms = 0;
};
Result<std::optional<CheckpointRow>> newest_checkpoint(storage::Snapshot& snapshot);
// In the order of sizes, from the first of at least `size`.
Result<std::vector<CheckpointRow>> checkpoints_from(storage::Snapshot& snapshot, std::uint64_t size,
                                                    std::size_t limit);

}  // namespace kuramori::audit
