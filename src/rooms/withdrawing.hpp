// What the server itself takes back: a message that became dangerous, what a stopped account sent.
//
//   auto withdrawn = co_await withdraw(rooms, std::move(permit), {.room = room, .event = event, .content =
//   reason});
#pragma once
#include "gate/gate.hpp"
#include "rooms/service.hpp"

namespace kuramori::rooms {

struct Withdrawal {
  RoomId room = {};
  EventId event = {};
  json::Object content = {};  // "reason", and what else clients should be told
};

enum class Withdrawn : bool { Now, Before };

// RoomRedact, of Role::System alone. The room's law wants a sender who is in the room: who sent the event,
// or, when that person left, somebody of this server whose level lets them redact. Forbidden when there is
// nobody; the record names the system.
runtime::Task<Result<Withdrawn>> withdraw(RoomService& rooms, gate::Permit permit, Withdrawal withdrawal);
// The same, with the gate asked first in the name of the system.
runtime::Task<Result<Withdrawn>> ask_and_withdraw(gate::Gate& gate, RoomService& rooms,
                                                  Withdrawal withdrawal);

}  // namespace kuramori::rooms
