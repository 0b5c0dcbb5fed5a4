// What the record stores. Entries are acts, written with what they describe; tiles and checkpoints are
// derived from them by `Log`.
#pragma once
#include <array>

#include "storage/schema.hpp"

namespace kuramori::audit {

// record_entries(entry_index | time_ms, kind, bytes, mac): the leaves of the tree, in the order of commits.
// `mac` authenticates `bytes` under the organisation key until a checkpoint covers the entry.
extern const storage::Table kRecordEntries;
// record_tiles(level, tile_index | hashes): C2SP tlog-tiles; the rightmost tile of a level may hold less than
// 256 hashes.
extern const storage::Table kRecordTiles;
// record_checkpoints(size | note, time_ms)
extern const storage::Table kRecordCheckpoints;

// The columns, in order.
namespace entry_column {
enum : std::size_t { Index, Time, Kind, Bytes, Mac };
}
namespace tile_column {
enum : std::size_t { Level, Index, Hashes };
}
namespace checkpoint_column {
enum : std::size_t { Size, Note, Time };
}

// For the first migration.
std::array<const storage::Table*, 3> tables();

}  // namespace kuramori::audit
