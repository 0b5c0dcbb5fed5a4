#include "links/tables.hpp"

#include <array>

namespace kuramori::links {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kSources{.name = "link_sources",
                              .columns = {{"name", ColumnType::Text},
                                          {"location", ColumnType::Text},
                                          {"format", ColumnType::Text},
                                          {"action", ColumnType::Text},
                                          {"reason", ColumnType::Text},
                                          {"interval_ms", ColumnType::Integer},
                                          {"expires_ms", ColumnType::Integer, Nullable::Yes},
                                          {"generation", ColumnType::Integer},
                                          {"entries", ColumnType::Integer},
                                          {"refreshed_ms", ColumnType::Integer, Nullable::Yes},
                                          {"failed_ms", ColumnType::Integer, Nullable::Yes},
                                          {"failure", ColumnType::Text}},
                              .key_columns = 1};

const storage::Table kEntries{.name = "link_entries",
                              .columns = {{"source", ColumnType::Text},
                                          {"generation", ColumnType::Integer},
                                          {"match", ColumnType::Text},
                                          {"pattern", ColumnType::Text},
                                          {"action", ColumnType::Text},
                                          {"reason", ColumnType::Text},
                                          {"expires_ms", ColumnType::Integer, Nullable::Yes},
                                          {"added_ms", ColumnType::Integer}},
                              .key_columns = 4};

const storage::Table kNames{.name = "link_names",
                            .columns = {{"name", ColumnType::Text}, {"added_ms", ColumnType::Integer}},
                            .key_columns = 1};

const storage::Table kSightings{.name = "link_sightings",
                                .columns = {{"hash", ColumnType::Integer}, {"position", ColumnType::Integer}},
                                .key_columns = 2};

const storage::Table kProgress{.name = "link_progress",
                               .columns = {{"name", ColumnType::Text}, {"position", ColumnType::Integer}},
                               .key_columns = 1};

const storage::Table kTakeDowns{.name = "link_take_downs",
                                .columns = {{"number", ColumnType::Integer},
                                            {"source", ColumnType::Text},
                                            {"since_ms", ColumnType::Integer},
                                            {"cursor", ColumnType::Text},
                                            {"reason", ColumnType::Text},
                                            {"done_ms", ColumnType::Integer, Nullable::Yes},
                                            {"found", ColumnType::Integer},
                                            {"withdrawn", ColumnType::Integer},
                                            {"failed", ColumnType::Integer}},
                                .key_columns = 1};

const storage::Table kTakenDown{.name = "link_taken_down",
                                .columns = {{"number", ColumnType::Integer},
                                            {"position", ColumnType::Integer},
                                            {"room_id", ColumnType::Text},
                                            {"event_id", ColumnType::Text},
                                            {"sender", ColumnType::Text},
                                            {"outcome", ColumnType::Text}},
                                .key_columns = 2};

const storage::Table kOpenings{.name = "link_openings",
                               .columns = {{"hash", ColumnType::Integer},
                                           {"opened_ms", ColumnType::Integer},
                                           {"nonce", ColumnType::Integer},
                                           {"sealed", ColumnType::Blob}},
                               .key_columns = 3};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 8> kAll{
      &kSources, &kEntries, &kNames, &kSightings, &kProgress, &kTakeDowns, &kTakenDown, &kOpenings};
  return kAll;
}

}  // namespace kuramori::links
