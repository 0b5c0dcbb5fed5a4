// Rooms of other servers that this policy server protects, as the configuration names them: "!room:server
// VERSION", or "!hash" alone for version 12, whose rooms are called so. The version tells how an event is
// redacted, and so what is signed.
#pragma once
#include <map>
#include <span>
#include <string>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "matrix/room_version.hpp"

namespace kuramori::policy_server {

class ProtectedRooms {
 public:
  static Result<ProtectedRooms> read(std::span<const std::string> entries);
  const matrix::RoomVersion* version_of(const RoomId& room) const;  // null: it is none of them

 private:
  std::map<RoomId, const matrix::RoomVersion*> versions_;
};

}  // namespace kuramori::policy_server
