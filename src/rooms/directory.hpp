// Names of rooms: aliases and the published room directory (client-server API, "Room aliases", "Listing
// rooms").
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "rooms/published_rooms.hpp"
#include "rooms/service.hpp"

namespace kuramori::rooms {

class Directory {
 public:
  Directory(RoomService& rooms, storage::Store& store, gate::Gate& gate, const Clock& clock,
            ServerName server);

  // AliasSet: Conflict (M_UNKNOWN, as specified) when taken, NotFound for an unknown room, Forbidden for one
  // that the user is not in.
  runtime::Task<Result<void>> set_alias(gate::Permit permit, RoomAlias alias, RoomId room);
  // AliasDelete: by who made it, or who may set the room's canonical alias.
  runtime::Task<Result<void>> delete_alias(gate::Permit permit, RoomAlias alias);
  // No permission: joining by alias resolves before it asks the gate. Disclosing it to a user takes AliasRead
  // in the handler.
  runtime::Task<Result<RoomId>> resolve(RoomAlias alias);
  // AliasRead: members only, unless the room is world-readable.
  runtime::Task<Result<std::vector<RoomAlias>>> aliases_of(const gate::Permit& permit, RoomId room);

  // DirectorySet: by who may set the room's canonical alias.
  runtime::Task<Result<void>> set_listing(gate::Permit permit, RoomId room, Listing listing);
  // DirectoryRead.
  runtime::Task<Result<Listing>> listing_of(const gate::Permit& permit, RoomId room);
  runtime::Task<Result<PublicRoomsPage>> public_rooms(const gate::Permit& permit, PublicRoomsQuery query);
  // The wiring adds it to the store, after the one of `rooms`.
  storage::StreamListener& listener() { return published_; }

 private:
  RoomService& rooms_;
  storage::Store& store_;
  gate::Gate& gate_;
  const Clock& clock_;
  ServerName server_;
  PublishedRooms published_;
};

}  // namespace kuramori::rooms
