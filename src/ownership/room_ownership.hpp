// Rooms without an owner, and handing them over.
//
//   auto found = co_await ownership.ownerless(permit, {.after = {}, .rooms_looked_at = 200});
//   auto done = co_await ownership.hand_over(std::move(permit), {.room = room, .successor = user});
//
// Thread-safe.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "ownership/owners.hpp"
#include "rooms/service.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::ownership {

struct OwnerlessRoom {
  RoomId room;
  std::string name;  // empty: it has none
  std::size_t members = 0;
  std::vector<UserId> former_owners;  // who are still in it
  bool can_be_handed_over = false;    // one of them is of this server
};

struct OwnerlessRooms {
  std::vector<OwnerlessRoom> rooms;
  RoomId reached;  // the last that was looked at
  bool is_complete = false;
};

struct HandOver {
  RoomId room;
  UserId successor;
};

struct HandedOver {
  UserId in_the_name_of;  // whose event it is
  EventId event;
  bool was_invited = false;  // the successor was no member, and has been invited
};

class RoomOwnership {
 public:
  static constexpr std::size_t kRoomsLookedAtMax = 500;

  struct Ports {
    storage::Reader& reader;
    rooms::RoomService& rooms;
    gate::Gate& gate;
    const workforce::CurrentOrganisation& organisation;
    ServerName server;
  };
  explicit RoomOwnership(Ports ports) : ports_(std::move(ports)) {}

  // AdminRoomList; the caller records it. In the order of room ids, after `after`. Rooms without members are
  // nobody's concern.
  runtime::Task<Result<OwnerlessRooms>> ownerless(const gate::Permit& permit, RoomId after,
                                                  std::size_t rooms_looked_at);
  // AdminRoomHandOver. The successor gets the power of an owner, and an invitation when he is no member.
  // M_NOT_FOUND; KURAMORI_SUCCESSOR (InvalidArgument) for somebody who may not own; KURAMORI_ROOM_HAS_OWNER
  // and KURAMORI_ROOM_LAW (Conflict). A department administrator hands over to people of his own units alone.
  runtime::Task<Result<HandedOver>> hand_over(gate::Permit permit, HandOver request);

 private:
  Result<void> check_successor(const gate::Subject& by, const UserId& successor) const;
  runtime::Task<Result<gate::Permit>> permit_for(gate::Subject subject, gate::Operation operation,
                                                 const HandOver& request);
  runtime::Task<Result<HandedOver>> carry_out(gate::Subject acting, HandOver request,
                                              rooms::RoomStatePtr state);

  Ports ports_;
  runtime::Sequencer handing_over_;
};

}  // namespace kuramori::ownership
