// Events rendered once for all their readers.
#pragma once
#include <memory>
#include <string>

#include "rooms/room_event.hpp"
#include "rooms/stored_event.hpp"

namespace kuramori::rooms {

// What belongs into `unsigned` of an event for everybody.
struct Surroundings {
  matrix::EventPtr replaced = {};   // the state event before it: prev_content, replaces_state
  matrix::EventPtr redaction = {};  // redacted_because
};

std::shared_ptr<RoomEvent> render_event(StreamPosition position, matrix::EventPtr event,
                                        const EventNotes& notes, const Surroundings& surroundings);

}  // namespace kuramori::rooms
