#include "policy_server/protected_rooms.hpp"

#include "base/text.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::policy_server {

Result<ProtectedRooms> ProtectedRooms::read(std::span<const std::string> entries) {
  ProtectedRooms rooms;
  for (const std::string& entry : entries) {
    const std::string_view text = text::trim(entry);
    const std::size_t blank = text.find(' ');
    const std::string_view id = text.substr(0, blank);
    const auto room = matrix::parse_room_id(id);
    if (!room) return invalid_argument("'" + entry + "' names no room: \"!room:server VERSION\".");
    const bool is_hash = id.find(':') == std::string_view::npos;
    if (blank == std::string_view::npos && !is_hash)
      return invalid_argument("'" + entry + "' lacks the version of the room, as in \"!room:server 11\".");
    const std::string_view version =
        blank == std::string_view::npos ? std::string_view("12") : text::trim(text.substr(blank));
    const matrix::RoomVersion* known = matrix::find_room_version(version);
    if (known == nullptr)
      return invalid_argument("'" + entry + "' has the room version '" + std::string(version) +
                              "', which this server does not know.");
    rooms.versions_[*room] = known;
  }
  return rooms;
}

const matrix::RoomVersion* ProtectedRooms::version_of(const RoomId& room) const {
  const auto found = versions_.find(room);
  return found == versions_.end() ? nullptr : found->second;
}

}  // namespace kuramori::policy_server
