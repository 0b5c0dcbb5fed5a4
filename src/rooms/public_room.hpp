// One room as the published room directory shows it (client-server API, PublishedRoomsChunk). Pure.
#pragma once
#include <string>

#include "base/identifiers.hpp"
#include "rooms/directory_page.hpp"
#include "rooms/room_state.hpp"

namespace kuramori::rooms {

json::Object describe_public_room(const RoomId& id, const RoomState& state);
// What the room's summary says beyond that: room_version, encryption, allowed_room_ids.
json::Object summarise_room(const RoomId& id, const RoomState& state);
bool matches_search(const json::Object& described, const PublicRoomsQuery& query);

}  // namespace kuramori::rooms
