// An event at its place in the stream, rendered once for all its readers.
#pragma once
#include <memory>
#include <string>

#include "base/identifiers.hpp"
#include "matrix/event.hpp"
#include "rooms/room_state.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::rooms {

struct RoomEvent {
  StreamPosition position = {};
  matrix::EventPtr event = {};
  // The client form for /sync (no room_id) as JSON text without its closing brace and without `unsigned`: a
  // reader appends
  // `,"unsigned":{…}}` or `}`. For events of the past the redacted form when it was redacted.
  std::string rendered = {};
  // Members of `unsigned` that are the same for all readers, as JSON text without braces: prev_content,
  // replaces_state, redacted_because. Empty mostly.
  std::string shared_unsigned = {};
  // Who sent it, with which transaction id: `unsigned.transaction_id` is for that device alone.
  UserId sender = {};
  DeviceId sender_device = {};
  TransactionId transaction = {};
  std::string delay_id = {};         // for its sender alone (MSC4140); empty mostly
  std::int64_t sticky_ends_ms = 0;   // MSC4354; 0: was never sticky, or is redacted
};

using RoomEventPtr = std::shared_ptr<const RoomEvent>;

// What the stream carries for each event, in commit order. `rooms` is the only one that publishes it.
struct EventCommitted final : storage::ChangePayload {
  // The payload exists before the number does: `position` is set by the listener of `rooms`, which the wiring
  // adds first, so that every later listener sees it.
  std::shared_ptr<RoomEvent> event = {};
  RoomId room = {};
  RoomStatePtr state_before = {};  // current state of the room before and after it
  RoomStatePtr state_after = {};   // the same pointer when it is no state event
  std::int64_t transaction = 0;    // fingerprint of the transaction that sent it; 0: none
  RoomEventPtr redacted = {};      // the event that it redacted, in its new form; null when none
};

// The user forgot the room: it is gone from the user's lists.
struct RoomForgotten final : storage::ChangePayload {
  UserId user = {};
  RoomId room = {};
};

}  // namespace kuramori::rooms
