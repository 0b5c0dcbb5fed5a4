// Shape of state that clients set, beyond what the room's rules ask for. Pure.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::rooms {

// M_BAD_JSON unless every level is an integer.
Result<void> check_power_levels(const json::Object& content);
// `alias` and `alt_aliases` of m.room.canonical_alias; M_BAD_JSON for wrong types.
Result<std::vector<std::string>> listed_aliases(const json::Object& content);

}  // namespace kuramori::rooms
