// Events that reach everybody who is in the room or comes into it while they are sticky, however much follows
// them (MSC4354, under its unstable names). All of them are in memory; the table that they come back from
// after a restart holds positions alone. Thread-safe.
#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/logging.hpp"
#include "rooms/room_event.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

class StickyEvents {
 public:
  static constexpr std::size_t kPerRoomMax = 1'000;  // the newest

  // Reads the table, blocking: for start-up.
  StickyEvents(storage::Reader& reader, storage::KeyRing& keys, const Clock& clock, const Logger& log);

  // Adds the row of a sticky event to the unit that commits it, and erases some whose time is over.
  void store(storage::UnitOfWork& work, storage::NextOf position, const matrix::Event& event);
  void erase(storage::UnitOfWork& work, StreamPosition position) const;  // it is redacted
  // In commit order.
  void committed(const EventCommitted& change);

  // Those in (after, up_to] that are sticky now, oldest first.
  std::vector<RoomEventPtr> in_room(const RoomId& room, StreamPosition after, StreamPosition up_to) const;

 private:
  Result<void> load(storage::Snapshot& snapshot, storage::KeyRing& keys);
  void add(const RoomEventPtr& event);
  void sweep(std::int64_t now_ms);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<RoomId, std::deque<RoomEventPtr>> rooms_;
  std::multimap<std::int64_t, RoomEventPtr> by_end_;
  std::vector<StreamPosition> over_;  // their rows are of no use any more
};

}  // namespace kuramori::rooms
