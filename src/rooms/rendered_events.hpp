// State events as text, kept for the next reader: a first sync of a large room would otherwise render every
// member again for everybody. Bounded, thread-safe.
#pragma once
#include <array>
#include <cstddef>
#include <mutex>
#include <vector>

#include "rooms/room_event.hpp"

namespace kuramori::rooms {

class RenderedEvents {
 public:
  explicit RenderedEvents(std::size_t events_max);

  // Without a position and without surroundings: the bare client form.
  RoomEventPtr get(const matrix::EventPtr& event);

 private:
  // An event may stand in one of a few places; the oldest of them makes room.
  static constexpr std::size_t kWays = 4;
  struct Set {
    std::array<RoomEventPtr, kWays> events;
    std::size_t next = 0;
  };
  static constexpr std::size_t kLocks = 64;

  std::vector<Set> sets_;
  std::array<std::mutex, kLocks> locks_;
};

}  // namespace kuramori::rooms
