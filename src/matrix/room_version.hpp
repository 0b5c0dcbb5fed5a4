// What differs between room versions (rooms/_index.md), as flags that the rules ask for.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kuramori::matrix {

struct RoomVersion {
  std::string_view id;          // "10", "11", "12"
  bool creator_in_content;      // ≤10: content.creator is required in m.room.create
  bool redacts_in_content;      // ≥11: `redacts` lives in content
  bool updated_redaction;       // ≥11: the redaction algorithm of MSC2174/2176/3821
  bool room_id_is_create_hash;  // ≥12: no room_id in m.room.create, the room id is its hash
  bool privileged_creators;     // ≥12: creators stand above all power levels, additional_creators
  bool resolution_v2_1;         // ≥12: state resolution starts from nothing and adds the conflicted subgraph
};

// Null for a version that we do not support (M_UNSUPPORTED_ROOM_VERSION, M_INCOMPATIBLE_ROOM_VERSION).
const RoomVersion* find_room_version(std::string_view id);
std::span<const RoomVersion> room_versions();

}  // namespace kuramori::matrix
