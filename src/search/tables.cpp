#include "search/tables.hpp"

#include <array>

namespace kuramori::search {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kSegments{.name = "search_segments",
                               .columns = {{"room_id", ColumnType::Text},
                                           {"generation", ColumnType::Integer},
                                           {"documents", ColumnType::Integer},
                                           {"bits", ColumnType::Integer},
                                           {"octets", ColumnType::Integer},
                                           {"removed", ColumnType::Blob, Nullable::Yes}},
                               .key_columns = 2};

const storage::Table kChunks{.name = "search_chunks",
                             .columns = {{"room_id", ColumnType::Text},
                                         {"generation", ColumnType::Integer},
                                         {"bucket", ColumnType::Integer},
                                         {"sealed", ColumnType::Blob}},
                             .key_columns = 3,
                             .indexes = {},
                             .rows = storage::Rows::Large};

const storage::Table kProgress{.name = "search_progress",
                               .columns = {{"name", ColumnType::Text},
                                           {"position", ColumnType::Integer},
                                           {"rebuilding", ColumnType::Integer}},
                               .key_columns = 1};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 3> kAll{&kSegments, &kChunks, &kProgress};
  return kAll;
}

}  // namespace kuramori::search
