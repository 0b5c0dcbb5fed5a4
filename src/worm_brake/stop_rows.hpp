// Stops as rows. Private to the module.
#pragma once
#include "storage/store.hpp"
#include "worm_brake/brake.hpp"

namespace kuramori::worm_brake {

constexpr std::string_view kUndoing = "undoing";
constexpr std::string_view kUndone = "undone";
constexpr std::string_view kReleased = "released";

storage::Row stop_row(const Stop& stop);
Stop stop_of(const storage::Row& row);
Result<std::vector<Stop>> read_stops(storage::Snapshot& snapshot);

}  // namespace kuramori::worm_brake
