#include "rooms/recent_events.hpp"

#include <algorithm>

namespace kuramori::rooms {
namespace {

constexpr std::size_t kTakenAtOnce = 64;

}  // namespace

void RecentEvents::committed(std::span<const Change> changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    // A position is told when its unit was committed, and all before it were told then.
    if (!complete_after_) complete_after_ = StreamPosition{change.position.value - 1};
    newest_ = std::max(newest_, change.position);
    auto event = std::dynamic_pointer_cast<const EventCommitted>(change.payload);
    if (event == nullptr) continue;
    events_.push_back({.position = change.position.value, .event = std::move(event)});
    if (events_.size() <= events_max_) continue;
    complete_after_ = StreamPosition{events_.front().position};
    events_.pop_front();
  }
}

StreamPosition RecentEvents::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::size_t RecentEvents::take_some(StreamPosition after, StreamPosition until, std::size_t limit,
                                    std::vector<EventPointer>& found) const {
  const auto begin = std::ranges::upper_bound(events_, after.value, {}, &Held::position);
  const auto end = std::ranges::upper_bound(begin, events_.end(), until.value, {}, &Held::position);
  const std::size_t count = std::min({static_cast<std::size_t>(end - begin), limit, kTakenAtOnce});
  for (auto held = begin; held != begin + static_cast<std::ptrdiff_t>(count); ++held)
    found.push_back(held->event);
  return count;
}

std::optional<std::vector<RecentEvents::EventPointer>> RecentEvents::between(StreamPosition after,
                                                                             StreamPosition until,
                                                                             std::size_t limit) const {
  std::vector<EventPointer> found;
  for (std::size_t taken = kTakenAtOnce; taken == kTakenAtOnce;) {
    const std::lock_guard lock(mutex_);
    if (!complete_after_ || after < *complete_after_ || newest_ < until) return std::nullopt;
    taken = take_some(after, until, limit - found.size(), found);
    if (taken > 0) after = found.back()->event->position;
  }
  return found;
}

StoredEvent stored_form(const EventCommitted& committed) {
  const RoomEvent& event = *committed.event;
  return {.position = event.position, .event = event.event, .notes = {}, .redacted_by = std::nullopt};
}

}  // namespace kuramori::rooms
