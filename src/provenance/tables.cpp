#include "provenance/tables.hpp"

#include <array>

namespace kuramori::provenance {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kSightings{.name = "content_sightings",
                                .columns = {{"mark", ColumnType::Blob},
                                            {"position", ColumnType::Integer},
                                            {"room_id", ColumnType::Text},
                                            {"label", ColumnType::Text, Nullable::Yes},
                                            {"origin", ColumnType::Integer, Nullable::Yes},
                                            {"hops", ColumnType::Integer}},
                                .key_columns = 2,
                                .indexes = {{"content_sightings_by_position", {"position", "mark"}}}};

const storage::Table kProgress{.name = "provenance_progress",
                               .columns = {{"name", ColumnType::Text}, {"position", ColumnType::Integer}},
                               .key_columns = 1};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 2> kAll{&kSightings, &kProgress};
  return kAll;
}

}  // namespace kuramori::provenance
