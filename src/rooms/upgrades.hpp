// Room upgrades (client-server API, module room_upgrades): a new room takes the place of an old one.
#pragma once
#include <vector>

#include "rooms/service.hpp"

namespace kuramori::rooms {

struct UpgradeRoom {
  RoomId room = {};
  const matrix::RoomVersion* version = nullptr;
  std::vector<UserId> additional_creators = {};  // where the version knows them
};

class Upgrades {
 public:
  explicit Upgrades(RoomService& rooms) : rooms_(rooms) {}

  // RoomUpgrade; asks the gate for RoomCreate besides. The new room with its aliases and its place in the
  // directory is one unit, the end of the old one another: no unit spans two rooms' events. Forbidden for who
  // may not send the tombstone.
  runtime::Task<Result<RoomId>> upgrade(gate::Permit permit, UpgradeRoom request);

 private:
  RoomService& rooms_;
};

}  // namespace kuramori::rooms
