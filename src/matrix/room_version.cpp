#include "matrix/room_version.hpp"

#include <array>

namespace kuramori::matrix {
namespace {

constexpr std::array kVersions{
    RoomVersion{.id = "10",
                .creator_in_content = true,
                .redacts_in_content = false,
                .updated_redaction = false,
                .room_id_is_create_hash = false,
                .privileged_creators = false,
                .resolution_v2_1 = false},
    RoomVersion{.id = "11",
                .creator_in_content = false,
                .redacts_in_content = true,
                .updated_redaction = true,
                .room_id_is_create_hash = false,
                .privileged_creators = false,
                .resolution_v2_1 = false},
    RoomVersion{.id = "12",
                .creator_in_content = false,
                .redacts_in_content = true,
                .updated_redaction = true,
                .room_id_is_create_hash = true,
                .privileged_creators = true,
                .resolution_v2_1 = true},
};

}  // namespace

const RoomVersion* find_room_version(std::string_view id) {
  for (const RoomVersion& version : kVersions) {
    if (version.id == id) return &version;
  }
  return nullptr;
}

std::span<const RoomVersion> room_versions() {
  return kVersions;
}

}  // namespace kuramori::matrix
