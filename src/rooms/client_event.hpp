// The copy of an event that one device gets.
#pragma once
#include <string>
#include <string_view>

#include "rooms/room_event.hpp"

namespace kuramori::rooms {

// Who gets it, as far as the copy depends on it.
struct Recipient {
  const UserId& user;
  const DeviceId& device;
};

// With the room id, the members of `unsigned` that all readers share, the transaction id for the device that
// sent it, and `personal`: further members of `unsigned` as JSON text without braces.
void append_client_event(std::string& out, const RoomEvent& event, const Recipient& recipient,
                         std::string_view personal);

}  // namespace kuramori::rooms
