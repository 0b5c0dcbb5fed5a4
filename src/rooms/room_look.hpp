// What it takes to judge and open events of a room for one reader, for who finds them by other ways than the
// timeline.
#pragma once
#include "rooms/queries.hpp"
#include "rooms/reader_view.hpp"
#include "rooms/service.hpp"

namespace kuramori::rooms {

struct RoomLook {
  ReaderView view = {};
  RoomSecrets secrets = {};
  bool is_encrypted = false;
};

// SearchRead, for the permit's subject. Forbidden for who may not look into the room.
runtime::Task<Result<RoomLook>> look_into(RoomService& rooms, const gate::Permit& permit, RoomId room);

}  // namespace kuramori::rooms
