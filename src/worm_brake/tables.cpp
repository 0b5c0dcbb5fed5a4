#include "worm_brake/tables.hpp"

#include <array>

namespace kuramori::worm_brake {

using storage::ColumnType;

const storage::Table kStops{.name = "brake_stops",
                            .columns = {{"user_id", ColumnType::Text},
                                        {"kind", ColumnType::Integer},
                                        {"hash", ColumnType::Integer},
                                        {"from_position", ColumnType::Integer},
                                        {"stopped_ms", ColumnType::Integer},
                                        {"state", ColumnType::Text},
                                        {"rooms", ColumnType::Integer},
                                        {"withdrawn", ColumnType::Integer},
                                        {"failed", ColumnType::Integer}},
                            .key_columns = 1};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 1> kAll{&kStops};
  return kAll;
}

}  // namespace kuramori::worm_brake
