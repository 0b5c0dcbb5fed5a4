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
                                            {"hops", ColumnType::Integer},
                                            {"no_forward", ColumnType::Integer, Nullable::Yes}},
                                .key_columns = 2,
                                .indexes = {{"content_sightings_by_position", {"position", "mark"}}}};

const storage::Table kProgress{.name = "provenance_progress",
                               .columns = {{"name", ColumnType::Text}, {"position", ColumnType::Integer}},
                               .key_columns = 1};

const storage::Table kMessageLabels{.name = "message_labels",
                                    .columns = {{"event_id", ColumnType::Text},
                                                {"room_id", ColumnType::Text},
                                                {"label", ColumnType::Text, Nullable::Yes},
                                                {"position", ColumnType::Integer}},
                                    .key_columns = 1,
                                    .indexes = {}};

const storage::Table kMarkLabels{.name = "mark_labels",
                                 .columns = {{"mark", ColumnType::Blob},
                                             {"label", ColumnType::Text, Nullable::Yes},
                                             {"position", ColumnType::Integer}},
                                 .key_columns = 1,
                                 .indexes = {}};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 4> kAll{&kSightings, &kProgress, &kMessageLabels,
                                                             &kMarkLabels};
  return kAll;
}
std::span<const storage::Table* const> first_tables() {
  return tables().first(2);
}
std::span<const storage::Table* const> label_tables() {
  return tables().subspan(2);
}

}  // namespace kuramori::provenance
