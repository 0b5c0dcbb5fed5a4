// State and single events, for readers.
#include <algorithm>
#include <limits>
#include <utility>

#include "rooms/rendering.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr StreamPosition kPresent{std::numeric_limits<std::int64_t>::max()};

Error no_such_event() {
  return not_found("Event not found.");
}

// The last event of the room up to `position` and the first after it, as far as there are such.
Result<std::vector<StreamPosition>> events_around(storage::Snapshot& snapshot, const RoomId& room,
                                                  StreamPosition position) {
  std::vector<StreamPosition> around;
  storage::Scan scan{.table = &kEvents,
                     .index = &kEvents.index("events_timeline"),
                     .prefix = {room.str()},
                     .from = std::nullopt,
                     .below = storage::Value(position.value + 1),
                     .direction = storage::Direction::Backward,
                     .limit = 1};
  KURAMORI_TRY(before, snapshot.scan(scan));
  if (!before.empty()) around.push_back(event_columns(before.front()).position);
  scan.from = std::exchange(scan.below, std::nullopt);
  scan.direction = storage::Direction::Forward;
  KURAMORI_TRY(after, snapshot.scan(scan));
  if (!after.empty()) around.push_back(event_columns(after.front()).position);
  return around;
}

}  // namespace

runtime::Task<Result<std::optional<HistoryJudge>>> RoomService::State::judge(RoomPtr room, UserId reader) {
  if (room->is_open_to(reader)) co_return std::optional<HistoryJudge>();
  auto query = [room, reader, secrets = secrets_of(*room)](storage::Snapshot& snapshot) {
    return membership_changes(snapshot, secrets, room->id(), reader);
  };
  auto read = ports.store.read(std::move(query));
  KURAMORI_CO_TRY(memberships, co_await std::move(read));
  co_return std::optional<HistoryJudge>(HistoryJudge(room->visibility_changes(), std::move(memberships)));
}

runtime::Task<Result<StreamPosition>> RoomService::State::horizon(RoomPtr room, UserId reader) {
  const RoomStatePtr state = room->state();
  if (state->membership(reader) == matrix::Membership::Join) co_return kPresent;
  if (state->history_visibility() == matrix::HistoryVisibility::WorldReadable) co_return kPresent;
  if (state->membership(reader) == matrix::Membership::None) co_return not_in_room();
  using Found = std::pair<std::optional<StoredMembership>, std::vector<MembershipChange>>;
  auto query = [room, reader, secrets = secrets_of(*room)](storage::Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(stored, stored_membership(snapshot, reader, room->id()));
    KURAMORI_TRY(changes, membership_changes(snapshot, secrets, room->id(), reader));
    return Found(std::move(stored), std::move(changes));
  };
  auto read = ports.store.read(std::move(query));
  KURAMORI_CO_TRY(found, co_await std::move(read));
  const auto left = HistoryJudge({}, std::move(found.second)).left_at();
  if (!left || (found.first && found.first->forgotten)) co_return not_in_room();
  co_return *left;
}

runtime::Task<Result<RoomStatePtr>> RoomService::State::state_at(RoomPtr room, StreamPosition position) {
  // Taken together and before the snapshot, which therefore contains at least as much.
  const auto [current, current_position] = room->state_and_position();
  auto query = [=, secrets = secrets_of(*room), now = current,
                up_to = current_position](storage::Snapshot& snapshot) {
    return state_before_changes(snapshot, secrets, room->id(), now, up_to, position);
  };
  auto read = ports.store.read(std::move(query));
  auto state = co_await std::move(read);
  co_return state;
}

// The state of a time is told with the events around it: to whoever sees the one before or the one after.
runtime::Task<Result<bool>> RoomService::State::sees_time(RoomPtr room, UserId reader,
                                                          StreamPosition position) {
  auto judging = judge(room, std::move(reader));
  KURAMORI_CO_TRY(judge, co_await std::move(judging));
  if (!judge) co_return true;
  auto query = [room, position, judge = *std::move(judge)](storage::Snapshot& snapshot) -> Result<bool> {
    KURAMORI_TRY(around, events_around(snapshot, room->id(), position));
    return std::ranges::any_of(around, [&](StreamPosition event) { return judge.sees(event); });
  };
  auto read = ports.store.read(std::move(query));
  auto seen = co_await std::move(read);
  co_return seen;
}

runtime::Task<Result<VisibleState>> RoomService::State::state_for(RoomId id, UserId reader,
                                                                  std::optional<StreamPosition> position) {
  KURAMORI_CO_TRY(found, co_await room_of_member(id));
  auto looking = horizon(found, reader);
  KURAMORI_CO_TRY(until, co_await std::move(looking));
  if (until == kPresent && !position) {
    const auto [state, at] = found->state_and_position();
    co_return VisibleState{.state = state, .position = at};
  }
  const StreamPosition at = std::min(until, position.value_or(until));
  if (at < until) {
    auto asking = sees_time(found, reader, at);
    KURAMORI_CO_TRY(is_seen, co_await std::move(asking));
    if (!is_seen) co_return forbidden("You may not see the room as it was then.");
  }
  auto reading = state_at(found, at);
  KURAMORI_CO_TRY(state, co_await std::move(reading));
  co_return VisibleState{.state = std::move(state), .position = at};
}

runtime::Task<Result<VisibleState>> RoomService::visible_state(const gate::Permit& permit, RoomId room) {
  permit.require(gate::Operation::RoomRead);
  auto reading = state_->state_for(room, permit.subject().user, std::nullopt);
  auto state = co_await std::move(reading);
  co_return state;
}

runtime::Task<Result<VisibleState>> RoomService::visible_state_at(const gate::Permit& permit, RoomId room,
                                                                  StreamPosition position) {
  permit.require(gate::Operation::RoomRead);
  auto reading = state_->state_for(room, permit.subject().user, position);
  auto state = co_await std::move(reading);
  co_return state;
}

runtime::Task<Result<std::vector<RoomId>>> RoomService::joined_rooms(const gate::Permit& permit) {
  permit.require(gate::Operation::RoomRead);
  KURAMORI_CO_TRY(rooms, co_await rooms_of(permit.subject().user));
  std::vector<RoomId> joined;
  for (const UserRoom& room : rooms) {
    if (room.membership == matrix::Membership::Join) joined.push_back(room.room);
  }
  co_return joined;
}

runtime::Task<Result<RoomStatePtr>> RoomService::current_state(RoomId room) {
  KURAMORI_CO_TRY(found, co_await state_->room(room));
  co_return found->state();
}

RoomStatePtr RoomService::cached_state(const RoomId& room) const {
  const RoomPtr found = state_->cache.cached(room);
  return found == nullptr ? nullptr : found->state();
}

runtime::Task<Result<RoomStatePtr>> RoomService::state_at(RoomId room, StreamPosition position) {
  KURAMORI_CO_TRY(found, co_await state_->room(room));
  auto reading = state_->state_at(found, position);
  auto state = co_await std::move(reading);
  co_return state;
}

runtime::Task<Result<std::vector<RoomEventPtr>>> RoomService::state_changes(RoomId room, StreamPosition after,
                                                                            StreamPosition up_to) {
  KURAMORI_CO_TRY(found, co_await state_->room(room));
  auto query = [found, after, up_to, secrets = state_->secrets_of(*found)](
                   storage::Snapshot& snapshot) -> Result<std::vector<RoomEventPtr>> {
    std::vector<RoomEventPtr> events;
    KURAMORI_TRY(changed, changed_entries(snapshot, found->id(), after, up_to));
    for (const ChangedEntry& entry : changed) {
      KURAMORI_TRY(row, event_row_at(snapshot, entry.event_position));
      KURAMORI_TRY(event, rendered_event(snapshot, secrets, row));
      events.push_back(std::move(event));
    }
    return events;
  };
  auto read = state_->ports.store.read(std::move(query));
  auto events = co_await std::move(read);
  co_return events;
}

runtime::Task<Result<std::vector<UserRoom>>> RoomService::rooms_of(UserId user) {
  auto query = [user](storage::Snapshot& snapshot) -> Result<std::vector<UserRoom>> {
    KURAMORI_TRY(stored, stored_memberships(snapshot, user));
    std::vector<UserRoom> rooms;
    rooms.reserve(stored.size());
    for (StoredMembership& membership : stored) {
      rooms.push_back({.room = std::move(membership.room),
                       .membership = membership.membership,
                       .position = membership.position,
                       .event = std::move(membership.event),
                       .forgotten = membership.forgotten});
    }
    return rooms;
  };
  auto read = state_->ports.store.read(std::move(query));
  auto rooms = co_await std::move(read);
  co_return rooms;
}

runtime::Task<Result<RoomEventPtr>> RoomService::member_at(RoomId room, UserId user,
                                                           StreamPosition position) {
  KURAMORI_CO_TRY(found, co_await state_->room(room));
  auto query = [found, user, position,
                secrets = state_->secrets_of(*found)](storage::Snapshot& snapshot) -> Result<RoomEventPtr> {
    KURAMORI_TRY(stored,
                 state_entry_at(snapshot, secrets, found->id(), {"m.room.member", user.str()}, position));
    if (!stored) return RoomEventPtr();
    KURAMORI_TRY(row, event_row_at(snapshot, stored->position));
    return rendered_event(snapshot, secrets, row);
  };
  auto read = state_->ports.store.read(std::move(query));
  auto event = co_await std::move(read);
  co_return event;
}

runtime::Task<Result<StreamPosition>> RoomService::last_event_position(RoomId room) {
  const auto found = co_await state_->room(room);
  if (!found && found.error().code() == ErrorCode::NotFound) co_return StreamPosition{};
  if (!found) co_return found.error();
  co_return (*found)->last_position();
}

runtime::Task<Result<StreamPosition>> RoomService::position_of(RoomId room, EventId event) {
  auto query = [room, event](storage::Snapshot& snapshot) -> Result<StreamPosition> {
    KURAMORI_TRY(row, find_event_row(snapshot, event));
    if (!row || event_columns(*row).room != room.view()) return no_such_event();
    return event_columns(*row).position;
  };
  auto read = state_->ports.store.read(std::move(query));
  auto position = co_await std::move(read);
  co_return position;
}

// client-server API, GET /event: what may not be seen is not found.
runtime::Task<Result<RoomEventPtr>> RoomService::event(const gate::Permit& permit, RoomId room,
                                                       EventId event) {
  permit.require_any({gate::Operation::RoomRead, gate::Operation::Sync});
  const UserId reader = permit.subject().user;
  auto found = co_await state_->room(room);
  if (!found && found.error().code() == ErrorCode::NotFound) co_return no_such_event();
  if (!found) co_return std::move(found).error();
  auto judging = state_->judge(*found, reader);
  KURAMORI_CO_TRY(judge, co_await std::move(judging));
  auto asking = state_->ignored_by(reader);
  KURAMORI_CO_TRY(ignored, co_await std::move(asking));
  const std::shared_ptr<const gate::Sight>& sight = permit.sight();
  if (sight != nullptr) {
    auto preparing = sight->prepare(room);
    co_await std::move(preparing);
  }
  auto query = [target = *found, event, reader, judge = std::move(judge), ignored = std::move(ignored), sight,
                secrets = state_->secrets_of(**found)](storage::Snapshot& snapshot) -> Result<RoomEventPtr> {
    KURAMORI_TRY(row, find_event_row(snapshot, event));
    if (!row || event_columns(*row).room != target->id().view()) return no_such_event();
    if (judge && !judge->sees(event_columns(*row).position)) return no_such_event();
    const bool is_message = !event_columns(*row).state_key;
    if (ignored && is_message && ignored->contains(UserId(event_columns(*row).sender)))
      return no_such_event();
    KURAMORI_TRY(membership, stored_membership(snapshot, reader, target->id()));
    // Whoever forgot the room sees what strangers see.
    const bool is_forgotten = judge && membership && membership->forgotten;
    if (is_forgotten && !HistoryJudge(target->visibility_changes(), {}).sees(event_columns(*row).position))
      return no_such_event();
    KURAMORI_TRY(rendered, rendered_event(snapshot, secrets, *row));
    if (is_hidden(sight.get(), *rendered->event)) return no_such_event();
    return rendered;
  };
  auto read = state_->ports.store.read(std::move(query));
  auto outcome = co_await std::move(read);
  co_return outcome;
}

}  // namespace kuramori::rooms
