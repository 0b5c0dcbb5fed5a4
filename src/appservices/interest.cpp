#include "appservices/interest.hpp"

#include "rooms/stored_event.hpp"
#include "rooms/tables.hpp"

namespace kuramori::appservices {

using runtime::Task;
using storage::Snapshot;

namespace {

EventPlace place_of(const storage::Row& row) {
  const rooms::EventColumns columns = rooms::event_columns(row);
  EventPlace place{.position = columns.position,
                   .room = RoomId(columns.room),
                   .state_key = {},
                   .is_member = columns.type == "m.room.member",
                   .sender = UserId(columns.sender)};
  if (columns.state_key) place.state_key = std::string(*columns.state_key);
  return place;
}

}  // namespace

Task<Result<Places>> places_after(storage::Reader& reader, StreamPosition after, StreamPosition up_to,
                                  std::size_t limit) {
  auto query = [=](Snapshot& snapshot) -> Result<Places> {
    storage::Scan scan{.table = &rooms::kEvents};
    scan.from = after.value + 1;
    scan.below = up_to.value + 1;
    Places places{.events = {}, .reached = up_to};
    KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
      places.events.push_back(place_of(row));
      return places.events.size() < limit;
    }));
    if (places.events.size() >= limit) places.reached = places.events.back().position;
    return places;
  };
  auto reading = reader.read(std::move(query));
  auto places = co_await std::move(reading);
  co_return places;
}

Task<Result<std::vector<EventPlace>>> places_at(storage::Reader& reader,
                                                std::vector<StreamPosition> positions) {
  auto query = [at = std::move(positions)](Snapshot& snapshot) -> Result<std::vector<EventPlace>> {
    std::vector<EventPlace> places;
    for (const StreamPosition position : at) {
      KURAMORI_TRY(row, snapshot.get(rooms::kEvents, {position.value}));
      if (row) places.push_back(place_of(*row));
    }
    return places;
  };
  auto reading = reader.read(std::move(query));
  auto places = co_await std::move(reading);
  co_return places;
}

Interest::Interest(const Services& services, const Registration& service, rooms::RoomReader& rooms,
                   storage::Reader& reader)
    : services_(services), service_(service), rooms_(rooms), reader_(reader) {}

bool Interest::is_own(const UserId& user) {
  const auto known = users_.find(user);
  if (known != users_.end()) return known->second;
  if (users_.size() >= kKnownUsersMax) users_.clear();
  const bool is_covered = services_.covers(service_, user);
  users_.emplace(user, is_covered);
  return is_covered;
}

bool Interest::has_own_member(const rooms::RoomState& state) {
  bool found = false;
  state.for_each_joined([&](const UserId& user) { found = found || is_own(user); });
  return found;
}

Task<Result<bool>> Interest::has_own_alias(RoomId room) {
  if (service_.aliases.empty()) co_return false;
  auto query = [room, service = &service_](Snapshot& snapshot) -> Result<bool> {
    storage::Scan scan{.table = &rooms::kAliases, .index = &rooms::kAliases.indexes[0]};
    scan.prefix = {room.str()};
    bool found = false;
    KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
      found = service->covers_alias(storage::text(row[0]));
      return !found;
    }));
    return found;
  };
  auto reading = reader_.read(std::move(query));
  auto found = co_await std::move(reading);
  co_return found;
}

bool Interest::is_known_to_have(const RoomId& room, rooms::RoomStatePtr state) {
  KnownState& known = states_[room];
  if (known.state != state) {
    known.has_own = has_own_member(*state);
    known.state = state;
  }
  const bool has_own = known.has_own;
  if (states_.size() > kKnownRoomsMax) states_.clear();
  return has_own;
}

Task<Result<bool>> Interest::covers_state(RoomId room, rooms::RoomStatePtr state) {
  if (is_known_to_have(room, std::move(state))) co_return true;
  auto asking = has_own_alias(std::move(room));
  auto answer = co_await std::move(asking);
  co_return answer;
}

Task<Result<bool>> Interest::covers(EventPlace place) {
  if (is_own(place.sender) || service_.covers_room(place.room)) co_return true;
  if (place.is_member && place.state_key && is_own(UserId(*place.state_key))) co_return true;
  // Where the room has not moved on since, its state is in memory.
  rooms::RoomStatePtr state = rooms_.cached_state(place.room);
  KURAMORI_CO_TRY(last, co_await rooms_.last_event_position(place.room));
  if (state == nullptr || last != place.position) {
    KURAMORI_CO_TRY(then, co_await rooms_.state_at(place.room, place.position));
    state = std::move(then);
  }
  auto judging = covers_state(place.room, std::move(state));
  auto answer = co_await std::move(judging);
  co_return answer;
}

Task<Result<bool>> Interest::shares_room(UserId user) {
  if (is_own(user)) co_return true;
  KURAMORI_CO_TRY(rooms, co_await rooms_.rooms_of(user));
  std::size_t looked_at = 0;
  for (const rooms::UserRoom& room : rooms) {
    if (room.membership != matrix::Membership::Join) continue;
    if (++looked_at > kRoomsOfUserMax) co_return false;
    if (service_.covers_room(room.room)) co_return true;
    rooms::RoomStatePtr state = rooms_.cached_state(room.room);
    if (state == nullptr) {
      KURAMORI_CO_TRY(current, co_await rooms_.current_state(room.room));
      state = std::move(current);
    }
    if (is_known_to_have(room.room, std::move(state))) co_return true;
  }
  co_return false;
}

Task<Result<bool>> Interest::covers_room_now(RoomId room) {
  if (service_.covers_room(room)) co_return true;
  KURAMORI_CO_TRY(state, co_await rooms_.current_state(room));
  auto judging = covers_state(std::move(room), std::move(state));
  auto answer = co_await std::move(judging);
  co_return answer;
}

}  // namespace kuramori::appservices
