// What redaction keeps, as questions that redact() and the reference hash share. Private to the module.
#pragma once
#include <string_view>

#include "json/json.hpp"
#include "matrix/room_version.hpp"

namespace kuramori::matrix::detail {

bool survives_redaction(std::string_view top_level_key, const RoomVersion& version);
// Versions from 11 on keep all of m.room.create.
bool keeps_whole_content(std::string_view type, const RoomVersion& version);
json::Object redacted_content(std::string_view type, const json::Object& content, const RoomVersion& version);

}  // namespace kuramori::matrix::detail
