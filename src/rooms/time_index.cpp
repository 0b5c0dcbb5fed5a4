#include "rooms/time_index.hpp"

#include <algorithm>
#include <limits>

#include "rooms/stored_event.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

using storage::Direction;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// Ordinals of the columns of kRoomMinutes.
struct TimeColumn {
  enum : std::uint8_t { kRoom, kMinute, kPosition };
};

class Search {
 public:
  Search(storage::Snapshot& snapshot, const RoomId& room, std::int64_t unix_ms, Direction direction)
      : snapshot_(snapshot), room_(room), unix_ms_(unix_ms), direction_(direction) {}

  // The nearest minute from `minute` on that the room has events in, with the beginnings of its stretches.
  Result<std::vector<StreamPosition>> stretches(std::int64_t& minute) {
    storage::Scan scan{.table = &kRoomMinutes,
                       .index = nullptr,
                       .prefix = {room_.str()},
                       .from = std::nullopt,
                       .below = std::nullopt,
                       .direction = direction_,
                       .limit = kNoLimit};
    if (is_forward()) scan.from = storage::Value(minute);
    if (!is_forward()) scan.below = storage::Value(minute + 1);
    std::vector<StreamPosition> starts;
    KURAMORI_CHECK(snapshot_.for_each(scan, [&](storage::Row&& row) {
      const std::int64_t found = storage::integer(row[TimeColumn::kMinute]);
      if (starts.empty()) minute = found;
      if (found != minute) return false;
      starts.push_back({storage::integer(row[TimeColumn::kPosition])});
      return true;
    }));
    return starts;
  }

  // The events of these stretches that lie on the right side of the time, nearest first.
  Result<std::vector<TimedRow>> events(const std::vector<StreamPosition>& starts) {
    std::vector<TimedRow> found;
    for (const StreamPosition start : starts) {
      KURAMORI_TRY(end, next_stretch(start));
      const storage::Scan scan{.table = &kEvents,
                               .index = &kEvents.index("events_timeline"),
                               .prefix = {room_.str()},
                               .from = storage::Value(start.value),
                               .below = end,
                               .limit = kNoLimit};
      KURAMORI_CHECK(snapshot_.for_each(scan, [&](storage::Row&& row) {
        const EventColumns columns = event_columns(row);
        const std::int64_t time = columns.origin_server_ts;
        if (is_forward() ? time >= unix_ms_ : time <= unix_ms_)
          found.push_back({.unix_ms = time, .position = columns.position, .row = std::move(row)});
        return ++examined_ < kTimedRowsMax;
      }));
    }
    const auto earlier = [](const TimedRow& a, const TimedRow& b) {
      return std::pair(a.unix_ms, a.position) < std::pair(b.unix_ms, b.position);
    };
    std::ranges::sort(found, earlier);
    if (!is_forward()) std::ranges::reverse(found);
    return found;
  }

  bool is_exhausted() const { return examined_ >= kTimedRowsMax; }

 private:
  bool is_forward() const { return direction_ == Direction::Forward; }

  Result<std::optional<storage::Value>> next_stretch(StreamPosition start) {
    const storage::Scan scan{.table = &kRoomMinutes,
                             .index = &kRoomMinutes.index("room_minutes_by_position"),
                             .prefix = {room_.str()},
                             .from = storage::Value(start.value + 1),
                             .below = std::nullopt,
                             .limit = 1};
    KURAMORI_TRY(rows, snapshot_.scan(scan));
    if (rows.empty()) return std::optional<storage::Value>();
    return std::optional<storage::Value>(rows.front()[TimeColumn::kPosition]);
  }

  storage::Snapshot& snapshot_;
  const RoomId& room_;
  const std::int64_t unix_ms_;
  const Direction direction_;
  std::size_t examined_ = 0;
};

}  // namespace

std::int64_t minute_of(std::int64_t unix_ms) {
  return unix_ms >= 0 ? unix_ms / kMinuteMs : (unix_ms - kMinuteMs + 1) / kMinuteMs;
}

void store_stretch(storage::UnitOfWork& work, const RoomId& room, std::int64_t minute,
                   storage::NextOf position) {
  work.insert(kRoomMinutes, {room.str(), minute, position});
}

Result<void> for_each_by_time(storage::Snapshot& snapshot, const RoomId& room, std::int64_t unix_ms,
                              Direction direction,
                              const std::function<Result<bool>(const TimedRow&)>& visit) {
  Search search(snapshot, room, unix_ms, direction);
  const std::int64_t step = direction == Direction::Forward ? 1 : -1;
  for (std::int64_t minute = minute_of(unix_ms); !search.is_exhausted(); minute += step) {
    KURAMORI_TRY(starts, search.stretches(minute));
    if (starts.empty()) return {};
    KURAMORI_TRY(rows, search.events(starts));
    for (const TimedRow& row : rows) {
      KURAMORI_TRY(goes_on, visit(row));
      if (!goes_on) return {};
    }
  }
  return {};
}

}  // namespace kuramori::rooms
