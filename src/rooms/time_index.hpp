// Finds events by time. Nearly all events of a room come in the order of their times, so a row is written
// only when the minute changes from one event to the next; what comes out of order (a clock set back, an
// imported message) begins a stretch of its own. One minute's stretches are then read whole.
#pragma once
#include <functional>

#include "rooms/room_event.hpp"
#include "storage/store.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::rooms {

// The minute of a time in UTC milliseconds, counted from the epoch.
std::int64_t minute_of(std::int64_t unix_ms);

// A stretch of the room's events that lie in one minute begins with the event at `position`.
void store_stretch(storage::UnitOfWork& work, const RoomId& room, std::int64_t minute,
                   storage::NextOf position);

struct TimedRow {
  std::int64_t unix_ms = 0;
  StreamPosition position;
  storage::Row row;  // of events
};
// Visits the room's events from `unix_ms` on, away from it in `direction`, nearest first; of equal times in
// the order of their positions. Ends when `visit` answers false or after looking at kTimedRowsMax rows.
constexpr std::size_t kTimedRowsMax = 50'000;
Result<void> for_each_by_time(storage::Snapshot& snapshot, const RoomId& room, std::int64_t unix_ms,
                              storage::Direction direction,
                              const std::function<Result<bool>(const TimedRow&)>& visit);

}  // namespace kuramori::rooms
