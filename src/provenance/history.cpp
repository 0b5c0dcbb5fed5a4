#include "provenance/history.hpp"

#include <algorithm>

#include "provenance/relabelling.hpp"
#include "provenance/tables.hpp"
#include "rooms/queries.hpp"

namespace kuramori::provenance {
namespace {

Hop hop_of(const storage::Row& event) {
  const rooms::EventColumns columns = rooms::event_columns(event);
  return {.room = RoomId(columns.room),
          .event = EventId(columns.id),
          .sender = UserId(columns.sender),
          .sent_ms = columns.origin_server_ts,
          .position = columns.position};
}

// What was noted of the event: one of its marks that came from elsewhere, or else any.
Result<std::optional<Sighting>> sighting_at(storage::Snapshot& snapshot, StreamPosition position) {
  const storage::Scan scan{.table = &kSightings,
                           .index = &kSightings.index("content_sightings_by_position"),
                           .prefix = {position.value}};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  std::optional<Sighting> chosen;
  for (const storage::Row& row : rows) {
    Sighting sighting = sighting_of(row);
    if (!chosen || (chosen->origin.value == 0 && sighting.origin.value != 0)) chosen = std::move(sighting);
  }
  return chosen;
}

Result<std::vector<Hop>> read_way(storage::Snapshot& snapshot, const RoomId& room, const EventId& event) {
  KURAMORI_TRY(row, rooms::find_event_row(snapshot, event));
  if (!row || RoomId(rooms::event_columns(*row).room) != room)
    return not_found("There is no such event here.");
  std::vector<Hop> way{hop_of(*row)};
  KURAMORI_TRY(seen, sighting_at(snapshot, way.back().position));
  while (seen) {
    way.back().label = seen->label;
    KURAMORI_TRY(decided, label_decided_of(snapshot, way.back().event));
    if (decided) way.back().label = *std::move(decided);
    if (seen->origin.value == 0 || way.size() >= History::kHopsMax) break;
    // An event that is gone ends the way.
    auto earlier = rooms::event_row_at(snapshot, seen->origin);
    if (!earlier && earlier.error().code() == ErrorCode::NotFound) break;
    if (!earlier) return std::move(earlier).error();
    way.push_back(hop_of(*earlier));
    KURAMORI_TRY(before,
                 snapshot.get(kSightings, {Bytes(seen->mark.begin(), seen->mark.end()), seen->origin.value}));
    seen = before ? std::optional(sighting_of(*before)) : std::nullopt;
  }
  std::ranges::reverse(way);
  return way;
}

}  // namespace

runtime::Task<Result<std::vector<Hop>>> History::way_of(RoomId room, EventId event) const {
  auto reading = reader_.read([room = std::move(room), event = std::move(event)](
                                  storage::Snapshot& snapshot) { return read_way(snapshot, room, event); });
  auto way = co_await std::move(reading);
  co_return way;
}

runtime::Task<Result<std::vector<Hop>>> History::places_of_file(std::string uri, StreamPosition after,
                                                                std::size_t limit) const {
  auto query = [mark = key_.of_file(uri), after,
                limit](storage::Snapshot& snapshot) -> Result<std::vector<Hop>> {
    const storage::Scan scan{.table = &kSightings,
                             .prefix = {Bytes(mark.begin(), mark.end())},
                             .from = storage::Value(std::max<std::int64_t>(after.value, 0) + 1),
                             .limit = limit};
    KURAMORI_TRY(rows, snapshot.scan(scan));
    std::vector<Hop> places;
    for (const storage::Row& row : rows) {
      const Sighting sighting = sighting_of(row);
      auto event = rooms::event_row_at(snapshot, sighting.position);
      if (!event) continue;
      Hop& hop = places.emplace_back(hop_of(*event));
      hop.label = sighting.label;
    }
    return places;
  };
  auto reading = reader_.read(std::move(query));
  auto places = co_await std::move(reading);
  co_return places;
}

}  // namespace kuramori::provenance
