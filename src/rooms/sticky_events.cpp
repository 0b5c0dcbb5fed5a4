#include "rooms/sticky_events.hpp"

#include <algorithm>

#include "rooms/rendering.hpp"
#include "rooms/stored_event.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kErasedAtOnce = 16;
constexpr std::size_t kVersionColumn = 1;

Result<RoomEventPtr> load_event(storage::Snapshot& snapshot, storage::KeyRing& keys, std::int64_t position,
                                const std::string& room) {
  KURAMORI_TRY(row, snapshot.get(kEvents, {position}));
  KURAMORI_TRY(room_row, snapshot.get(kRooms, {room}));
  if (!row || !room_row) return corrupt("a sticky event is not there");
  const matrix::RoomVersion* version = matrix::find_room_version(storage::text((*room_row)[kVersionColumn]));
  if (version == nullptr) return corrupt("room " + room + " has an unknown version");
  KURAMORI_TRY(key, keys.get_in(snapshot, crypto::KeyScope::Room, room));
  KURAMORI_TRY(stored, open_event(*row, key, *version));
  return RoomEventPtr(render_event(stored.position, stored.event, stored.notes, {}));
}

}  // namespace

StickyEvents::StickyEvents(storage::Reader& reader, storage::KeyRing& keys, const Clock& clock,
                           const Logger& log)
    : clock_(clock) {
  auto query = [&](storage::Snapshot& snapshot) { return load(snapshot, keys); };
  const auto loaded = reader.read_blocking(std::move(query));
  if (!loaded) log.error("sticky_events_not_loaded", {{"error", loaded.error().to_log()}});
}

Result<void> StickyEvents::load(storage::Snapshot& snapshot, storage::KeyRing& keys) {
  const std::int64_t now_ms = clock_.now_ms();
  std::vector<std::pair<std::int64_t, std::string>> found;
  KURAMORI_CHECK(snapshot.for_each({.table = &kStickyEvents}, [&](storage::Row&& row) {
    const std::int64_t position = storage::integer(row[0]);
    if (storage::integer(row[2]) > now_ms) {
      found.emplace_back(position, storage::text(row[1]));
    } else {
      over_.push_back({position});
    }
    return true;
  }));
  for (const auto& [position, room] : found) {
    auto event = load_event(snapshot, keys, position, room);
    if (event && (*event)->sticky_ends_ms > now_ms) {
      add(*event);
    } else {
      over_.push_back({position});
    }
  }
  return {};
}

void StickyEvents::store(storage::UnitOfWork& work, storage::NextOf position, const matrix::Event& event) {
  const auto duration = matrix::sticky_duration(event);
  if (!duration) return;
  work.insert(kStickyEvents, {position, event.room().str(), event.origin_server_ts() + duration->count()});
  const std::scoped_lock lock(mutex_);
  sweep(clock_.now_ms());
  for (std::size_t i = 0; i < kErasedAtOnce && !over_.empty(); ++i) {
    work.erase(kStickyEvents, {over_.back().value});
    over_.pop_back();
  }
}

void StickyEvents::erase(storage::UnitOfWork& work, StreamPosition position) const {
  work.erase(kStickyEvents, {position.value});
}

void StickyEvents::committed(const EventCommitted& change) {
  if (change.event->sticky_ends_ms == 0 && change.redacted == nullptr) return;
  const std::scoped_lock lock(mutex_);
  if (change.event->sticky_ends_ms != 0) add(change.event);
  if (change.redacted == nullptr) return;
  const auto room = rooms_.find(change.room);
  if (room == rooms_.end()) return;
  const StreamPosition gone = change.redacted->position;
  std::erase_if(room->second, [&](const RoomEventPtr& event) { return event->position == gone; });
  if (room->second.empty()) rooms_.erase(room);
}

void StickyEvents::add(const RoomEventPtr& event) {
  std::deque<RoomEventPtr>& of_room = rooms_[event->event->room()];
  of_room.push_back(event);
  if (of_room.size() > kPerRoomMax) of_room.pop_front();
  by_end_.emplace(event->sticky_ends_ms, event);
}

void StickyEvents::sweep(std::int64_t now_ms) {
  while (!by_end_.empty() && by_end_.begin()->first <= now_ms) {
    const RoomEventPtr event = std::move(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
    over_.push_back(event->position);
    const auto room = rooms_.find(event->event->room());
    if (room == rooms_.end()) continue;
    std::erase(room->second, event);
    if (room->second.empty()) rooms_.erase(room);
  }
}

std::vector<RoomEventPtr> StickyEvents::in_room(const RoomId& room, StreamPosition after,
                                                StreamPosition up_to) const {
  std::vector<RoomEventPtr> found;
  const std::scoped_lock lock(mutex_);
  const auto of_room = rooms_.find(room);
  if (of_room == rooms_.end()) return found;
  const std::int64_t now_ms = clock_.now_ms();
  for (const RoomEventPtr& event : of_room->second) {
    const bool is_within = event->position > after && event->position <= up_to;
    if (is_within && event->sticky_ends_ms > now_ms) found.push_back(event);
  }
  return found;
}

}  // namespace kuramori::rooms
