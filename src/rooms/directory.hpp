// Names of rooms: aliases and the published room directory (client-server API, "Room aliases", "Listing
// rooms").
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "rooms/service.hpp"

namespace kuramori::rooms {

struct PublicRoomsQuery {
  std::size_t limit = 100;
  std::size_t offset = 0;   // of a pagination token
  std::string search = {};  // in name, topic and canonical alias, without regard to case
  std::optional<std::vector<std::optional<std::string>>> room_types =
      {};  // null element: rooms without a type
};

struct PublicRoomsPage {
  json::Array chunk = {};
  std::size_t total = 0;
  std::optional<std::size_t> next = {};
  std::optional<std::size_t> previous = {};
};

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

 private:
  RoomService& rooms_;
  storage::Store& store_;
  gate::Gate& gate_;
  const Clock& clock_;
  ServerName server_;
};

}  // namespace kuramori::rooms
