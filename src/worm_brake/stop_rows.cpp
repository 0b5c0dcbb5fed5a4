#include "worm_brake/stop_rows.hpp"

#include "worm_brake/tables.hpp"

namespace kuramori::worm_brake {

storage::Row stop_row(const Stop& stop) {
  return {stop.user.str(),
          static_cast<std::int64_t>(stop.fingerprint.kind),
          stop.fingerprint.hash,
          stop.from.value,
          to_unix_ms(stop.when),
          stop.state,
          stop.rooms,
          stop.withdrawn,
          stop.failed};
}

Stop stop_of(const storage::Row& row) {
  return {
      .user = UserId(storage::text(row[0])),
      .fingerprint = {.kind = static_cast<Kind>(storage::integer(row[1])), .hash = storage::integer(row[2])},
      .from = {storage::integer(row[3])},
      .when = from_unix_ms(storage::integer(row[4])),
      .state = storage::text(row[5]),
      .rooms = storage::integer(row[6]),
      .withdrawn = storage::integer(row[7]),
      .failed = storage::integer(row[8])};
}

Result<std::vector<Stop>> read_stops(storage::Snapshot& snapshot) {
  std::vector<Stop> stops;
  KURAMORI_CHECK(snapshot.for_each({.table = &kStops, .prefix = {}}, [&stops](storage::Row&& row) {
    stops.push_back(stop_of(row));
    return true;
  }));
  return stops;
}

}  // namespace kuramori::worm_brake
