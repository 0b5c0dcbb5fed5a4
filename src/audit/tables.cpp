#include "audit/tables.hpp"

namespace kuramori::audit {

using storage::ColumnType;
using storage::Table;

const Table kRecordEntries{.name = "record_entries",
                           .columns = {{"entry_index", ColumnType::Integer},
                                       {"time_ms", ColumnType::Integer},
                                       {"kind", ColumnType::Integer},
                                       {"bytes", ColumnType::Blob},
                                       {"mac", ColumnType::Blob}},
                           .key_columns = 1,
                           .indexes = {{.name = "record_entries_by_time", .columns = {"time_ms"}}}};

const Table kRecordTiles{.name = "record_tiles",
                         .columns = {{"level", ColumnType::Integer},
                                     {"tile_index", ColumnType::Integer},
                                     {"hashes", ColumnType::Blob}},
                         .key_columns = 2,
                         .indexes = {}};

const Table kRecordCheckpoints{
    .name = "record_checkpoints",
    .columns = {{"size", ColumnType::Integer}, {"note", ColumnType::Text}, {"time_ms", ColumnType::Integer}},
    .key_columns = 1,
    .indexes = {}};

std::array<const Table*, 3> tables() {
  return {&kRecordEntries, &kRecordTiles, &kRecordCheckpoints};
}

}  // namespace kuramori::audit
