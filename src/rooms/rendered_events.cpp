#include "rooms/rendered_events.hpp"

#include <algorithm>

#include "rooms/rendering.hpp"

namespace kuramori::rooms {
namespace {

// Addresses of objects lie close together: their high bits alone would fill few sets.
std::size_t mix(const matrix::Event* event) {
  constexpr std::size_t kOdd = 0x9E3779B97F4A7C15U;
  return (reinterpret_cast<std::uintptr_t>(event) * kOdd) >> 20U;
}

}  // namespace

RenderedEvents::RenderedEvents(std::size_t events_max)
    : sets_(std::max<std::size_t>(events_max / kWays, 1)) {}

RoomEventPtr RenderedEvents::get(const matrix::EventPtr& event) {
  const std::size_t index = mix(event.get()) % sets_.size();
  Set& set = sets_[index];
  std::mutex& mutex = locks_[index % kLocks];
  {
    const std::scoped_lock lock(mutex);
    // What is kept holds on to its event, so that no other can have the same address.
    for (const RoomEventPtr& kept : set.events) {
      if (kept && kept->event == event) return kept;
    }
  }
  RoomEventPtr rendered = render_event({}, event, {}, {});
  const std::scoped_lock lock(mutex);
  set.events[set.next] = rendered;
  set.next = (set.next + 1) % kWays;
  return rendered;
}

}  // namespace kuramori::rooms
