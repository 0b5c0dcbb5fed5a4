#include "rooms/recent_events.hpp"

#include <algorithm>

namespace kuramori::rooms {
namespace {

std::int64_t place_of(const RecentEvents::EventPointer& event) {
  return event->event->position.value;
}

}  // namespace

void RecentEvents::committed(std::span<const Change> changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    // A position is told when its unit was committed, and all before it were told then.
    if (!complete_after_) complete_after_ = StreamPosition{change.position.value - 1};
    newest_ = std::max(newest_, change.position);
    auto event = std::dynamic_pointer_cast<const EventCommitted>(change.payload);
    if (event == nullptr) continue;
    events_.push_back(std::move(event));
    if (events_.size() <= events_max_) continue;
    complete_after_ = events_.front()->event->position;
    events_.pop_front();
  }
}

StreamPosition RecentEvents::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::optional<std::vector<RecentEvents::EventPointer>> RecentEvents::between(StreamPosition after,
                                                                             StreamPosition until,
                                                                             std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  if (!complete_after_ || after < *complete_after_ || newest_ < until) return std::nullopt;
  const auto begin = std::ranges::upper_bound(events_, after.value, {}, place_of);
  const auto end = std::ranges::upper_bound(begin, events_.end(), until.value, {}, place_of);
  const auto count = std::min(static_cast<std::size_t>(end - begin), limit);
  return std::vector<EventPointer>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

StoredEvent stored_form(const EventCommitted& committed) {
  const RoomEvent& event = *committed.event;
  return {.position = event.position, .event = event.event, .notes = {}, .redacted_by = std::nullopt};
}

}  // namespace kuramori::rooms
