#include "inspection/tables.hpp"

#include <array>

namespace kuramori::inspection {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kFileInspections{.name = "file_inspections",
                                      .columns = {{"origin", ColumnType::Text},
                                                  {"media_id", ColumnType::Text},
                                                  {"state", ColumnType::Text},
                                                  {"reason", ColumnType::Text},
                                                  {"rule", ColumnType::Text},
                                                  {"policy_version", ColumnType::Integer},
                                                  {"inspected_ms", ColumnType::Integer},
                                                  {"decided_by", ColumnType::Text, Nullable::Yes},
                                                  {"sealed", ColumnType::Blob, Nullable::Yes}},
                                      .key_columns = 2,
                                      .indexes = {{"file_inspections_by_state", {"state", "inspected_ms"}}}};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 1> kAll{&kFileInspections};
  return kAll;
}

}  // namespace kuramori::inspection
