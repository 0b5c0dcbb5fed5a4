#include "rooms/room.hpp"

#include <algorithm>

#include "json/json.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kBytesPerStateEntry = 2'048;
constexpr std::size_t kBytesPerRecentEvent = 3'072;
constexpr std::size_t kBytesPerRoom = 4'096;

}  // namespace

Room::Room(LoadedRoom loaded, std::size_t recent_events_max)
    : head(loaded.head),
      epoch(loaded.epoch),
      id_(std::move(loaded.id)),
      version_(*loaded.version),
      key_(loaded.key),
      recent_max_(recent_events_max),
      state_(std::move(loaded.head.state)),
      last_position_(loaded.last_position),
      visibility_(std::move(loaded.visibility)),
      open_to_members_(is_open_to_members(visibility_)),
      recent_after_(loaded.last_position) {}

RoomStatePtr Room::state() const {
  const std::lock_guard lock(committed_mutex_);
  return state_;
}

std::pair<RoomStatePtr, StreamPosition> Room::state_and_position() const {
  const std::lock_guard lock(committed_mutex_);
  return {state_, last_position_};
}

StreamPosition Room::last_position() const {
  const std::lock_guard lock(committed_mutex_);
  return last_position_;
}

std::vector<VisibilityChange> Room::visibility_changes() const {
  const std::lock_guard lock(committed_mutex_);
  return visibility_;
}

bool Room::is_open_to(const UserId& user) const {
  const std::lock_guard lock(committed_mutex_);
  return open_to_members_ && state_->membership(user) == matrix::Membership::Join;
}

std::optional<std::vector<RoomEventPtr>> Room::recent(StreamPosition after, StreamPosition up_to,
                                                      std::size_t limit) const {
  const std::lock_guard lock(committed_mutex_);
  std::vector<RoomEventPtr> found;
  for (auto event = recent_.rbegin(); event != recent_.rend() && found.size() < limit; ++event) {
    if ((*event)->position > up_to) continue;
    if ((*event)->position <= after) break;
    found.push_back(*event);
  }
  if (found.size() < limit && after < recent_after_) return std::nullopt;
  std::ranges::reverse(found);
  return found;
}

std::size_t Room::bytes() const {
  const std::lock_guard lock(committed_mutex_);
  return kBytesPerRoom + state_->size() * kBytesPerStateEntry + recent_.size() * kBytesPerRecentEvent;
}

void Room::advance(const EventCommitted& change) {
  const matrix::Event& event = *change.event->event;
  const StreamPosition position = change.event->position;
  const std::lock_guard lock(committed_mutex_);
  if (position <= last_position_) return;  // was in the snapshot that this room was loaded from
  state_ = change.state_after;
  last_position_ = position;
  if (event.is_state("m.room.history_visibility")) {
    visibility_.push_back({.position = position, .to = state_->history_visibility()});
    open_to_members_ = is_open_to_members(visibility_);
  }
  if (change.redacted != nullptr) {
    // Other events may show parts of the redacted one: they are read anew.
    recent_.clear();
    recent_after_ = {position.value - 1};
  }
  recent_.push_back(change.event);
  while (recent_.size() > recent_max_) {
    recent_after_ = recent_.front()->position;
    recent_.pop_front();
  }
}

}  // namespace kuramori::rooms
