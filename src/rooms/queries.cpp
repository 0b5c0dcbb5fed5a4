#include "rooms/queries.hpp"

#include <limits>
#include <set>

#include "json/json.hpp"
#include "rooms/rendering.hpp"
#include "rooms/tables.hpp"
#include "rooms/time_index.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// Ordinals of the columns of kRoomState and kMemberships.
struct StateColumn {
  enum : std::uint8_t { kRoom, kType, kStateKey, kPosition, kEventId, kEventPosition };
};
enum MembershipColumn : std::uint8_t {
  kUser,
  kOfRoom,
  kMembership,
  kMemberEvent,
  kMemberPosition,
  kForgotten
};

storage::Value value(StreamPosition position) {
  return {position.value};
}

storage::Scan changes_of_entry(const RoomId& room, const matrix::StateKey& key) {
  return {.table = &kRoomState,
          .index = nullptr,
          .prefix = {room.str(), key.first, key.second},
          .from = std::nullopt,
          .below = std::nullopt,
          .limit = kNoLimit};
}

// The current entries of the room, as positions of events.
Result<std::vector<StreamPosition>> current_entries(storage::Snapshot& snapshot, const RoomId& room) {
  std::vector<StreamPosition> positions;
  matrix::StateKey previous;
  const storage::Scan scan{.table = &kRoomState,
                           .index = nullptr,
                           .prefix = {room.str()},
                           .from = std::nullopt,
                           .below = std::nullopt,
                           .limit = kNoLimit};
  // In the order of the key: the last row of an entry is the one in force.
  const auto visit = [&](storage::Row&& row) {
    matrix::StateKey key(storage::text(row[StateColumn::kType]), storage::text(row[StateColumn::kStateKey]));
    if (positions.empty() || key != previous) {
      positions.emplace_back();
      previous = std::move(key);
    }
    positions.back() = {storage::integer(row[StateColumn::kEventPosition])};
    return true;
  };
  KURAMORI_CHECK(snapshot.for_each(scan, visit));
  return positions;
}

Result<void> load_head(storage::Snapshot& snapshot, const RoomSecrets& secrets, LoadedRoom& room) {
  KURAMORI_TRY(positions, current_entries(snapshot, room.id));
  RoomStatePtr state = std::make_shared<const RoomState>();
  for (const StreamPosition position : positions) {
    KURAMORI_TRY(stored, event_at(snapshot, secrets, position));
    state = state->with(std::move(stored.event));
  }
  room.head.state = std::move(state);

  const storage::Scan newest{.table = &kEvents,
                             .index = &kEvents.index("events_timeline"),
                             .prefix = {room.id.str()},
                             .from = std::nullopt,
                             .below = std::nullopt,
                             .direction = storage::Direction::Backward,
                             .limit = 1};
  KURAMORI_TRY(rows, snapshot.scan(newest));
  if (rows.empty()) return corrupt("room " + room.id.str() + " has no events");
  KURAMORI_TRY(last, open_event(rows.front(), secrets.key, *secrets.version));
  room.head.last_event = last.event->id();
  room.head.depth = last.event->depth();
  room.head.minute = minute_of(last.event->origin_server_ts());
  room.last_position = last.position;
  return {};
}

StoredMembership to_membership(const storage::Row& row) {
  return {.room = RoomId(storage::text(row[kOfRoom])),
          .membership = matrix::parse_membership(storage::text(row[kMembership])),
          .event = EventId(storage::text(row[kMemberEvent])),
          .position = {storage::integer(row[kMemberPosition])},
          .forgotten = storage::integer(row[kForgotten]) != 0};
}

}  // namespace

Result<std::optional<RoomSecrets>> find_secrets(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                                std::string_view room) {
  KURAMORI_TRY(row, snapshot.get(kRooms, {std::string(room)}));
  if (!row) return std::optional<RoomSecrets>();
  const auto* version = matrix::find_room_version(storage::text((*row)[kRooms.column("version")]));
  if (version == nullptr) return corrupt("a room has an unknown version");
  auto key = keys.get_in(snapshot, crypto::KeyScope::Room, room);
  if (!key && key.error().code() == ErrorCode::NotFound) return std::optional<RoomSecrets>();
  if (!key) return std::move(key).error();
  return std::optional(RoomSecrets{.version = version, .key = *key});
}

Result<LoadedRoom> load_room(storage::Snapshot& snapshot, storage::KeyRing& keys, const RoomId& id) {
  KURAMORI_TRY(row, snapshot.get(kRooms, {id.str()}));
  if (!row) return not_found("That room does not exist on this server.");
  LoadedRoom room;
  room.id = id;
  room.version = matrix::find_room_version(storage::text((*row)[1]));
  if (room.version == nullptr) return corrupt("room " + id.str() + " has an unknown version");
  KURAMORI_TRY(key, keys.get_in(snapshot, crypto::KeyScope::Room, id.view()));
  room.key = key;
  const RoomSecrets secrets{.version = room.version, .key = key};
  KURAMORI_CHECK(load_head(snapshot, secrets, room));
  const auto note_setting = [&room](StreamPosition position, const matrix::Event& event) {
    const auto setting =
        matrix::parse_history_visibility(json::string_or(event.content(), "history_visibility", ""));
    room.visibility.push_back({.position = position, .to = setting});
  };
  KURAMORI_CHECK(for_each_change(snapshot, secrets, id, {"m.room.history_visibility", ""}, note_setting));
  return room;
}

Result<storage::Row> event_row_at(storage::Snapshot& snapshot, StreamPosition position) {
  KURAMORI_TRY(row, snapshot.get(kEvents, {value(position)}));
  if (!row) return corrupt("no event at position " + std::to_string(position.value));
  return *std::move(row);
}

Result<StoredEvent> event_at(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                             StreamPosition position) {
  KURAMORI_TRY(row, event_row_at(snapshot, position));
  return open_event(row, secrets.key, *secrets.version);
}

Result<RoomEventPtr> rendered_event(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                                    const storage::Row& row) {
  KURAMORI_TRY(stored, open_event(row, secrets.key, *secrets.version));
  Surroundings surroundings;
  // What a redacted event replaced is nobody's business any more.
  if (!stored.notes.replaces.empty() && !stored.redacted_by) {
    KURAMORI_TRY(replaced_row, find_event_row(snapshot, stored.notes.replaces));
    if (replaced_row) {
      KURAMORI_TRY(replaced, open_event(*replaced_row, secrets.key, *secrets.version));
      surroundings.replaced = std::move(replaced.event);
    }
  }
  if (stored.redacted_by) {
    KURAMORI_TRY(redaction_row, find_event_row(snapshot, *stored.redacted_by));
    if (redaction_row) {
      KURAMORI_TRY(redaction, open_event(*redaction_row, secrets.key, *secrets.version));
      surroundings.redaction = std::move(redaction.event);
    }
  }
  return RoomEventPtr(render_event(stored.position, std::move(stored.event), stored.notes, surroundings));
}

Result<std::optional<StoredEvent>> state_entry_at(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                                                  const RoomId& room, const matrix::StateKey& key,
                                                  StreamPosition position) {
  storage::Scan scan = changes_of_entry(room, key);
  scan.below = storage::Value(position.value + 1);
  scan.direction = storage::Direction::Backward;
  scan.limit = 1;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  if (rows.empty()) return std::optional<StoredEvent>();
  KURAMORI_TRY(stored,
               event_at(snapshot, secrets, {storage::integer(rows.front()[StateColumn::kEventPosition])}));
  return std::optional<StoredEvent>(std::move(stored));
}

Result<std::vector<ChangedEntry>> changed_entries(storage::Snapshot& snapshot, const RoomId& room,
                                                  StreamPosition after, StreamPosition up_to) {
  std::vector<ChangedEntry> changed;
  if (up_to <= after) return changed;
  std::set<matrix::StateKey> seen;
  const storage::Scan scan{.table = &kRoomState,
                           .index = &kRoomState.index("room_state_changes"),
                           .prefix = {room.str()},
                           .from = storage::Value(after.value + 1),
                           .below = up_to.value == std::numeric_limits<std::int64_t>::max()
                                        ? std::nullopt
                                        : std::optional<storage::Value>(up_to.value + 1),
                           .direction = storage::Direction::Backward,
                           .limit = kNoLimit};
  const auto visit = [&](storage::Row&& row) {
    matrix::StateKey key(storage::text(row[StateColumn::kType]), storage::text(row[StateColumn::kStateKey]));
    if (seen.insert(key).second) {
      changed.push_back(
          {.key = std::move(key), .event_position = {storage::integer(row[StateColumn::kEventPosition])}});
    }
    return true;
  };
  KURAMORI_CHECK(snapshot.for_each(scan, visit));
  return changed;
}

Result<RoomStatePtr> state_before_changes(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                                          const RoomId& room, RoomStatePtr current,
                                          StreamPosition current_position, StreamPosition position) {
  const StreamPosition everything{std::numeric_limits<std::int64_t>::max()};
  KURAMORI_TRY(changed, changed_entries(snapshot, room, std::min(current_position, position), everything));
  for (const ChangedEntry& entry : changed) {
    KURAMORI_TRY(stored, state_entry_at(snapshot, secrets, room, entry.key, position));
    current = stored ? current->with(std::move(stored->event))
                     : current->without(entry.key.first, entry.key.second);
  }
  return current;
}

Result<void> for_each_change(storage::Snapshot& snapshot, const RoomSecrets& secrets, const RoomId& room,
                             const matrix::StateKey& key,
                             const std::function<void(StreamPosition, const matrix::Event&)>& visit) {
  KURAMORI_TRY(rows, snapshot.scan(changes_of_entry(room, key)));
  for (const storage::Row& row : rows) {
    KURAMORI_TRY(stored, event_at(snapshot, secrets, {storage::integer(row[StateColumn::kEventPosition])}));
    visit({storage::integer(row[StateColumn::kPosition])}, *stored.event);
  }
  return {};
}

Result<std::vector<MembershipChange>> membership_changes(storage::Snapshot& snapshot,
                                                         const RoomSecrets& secrets, const RoomId& room,
                                                         const UserId& user) {
  std::vector<MembershipChange> changes;
  const auto note = [&changes](StreamPosition position, const matrix::Event& event) {
    const auto membership = matrix::parse_membership(json::string_or(event.content(), "membership", ""));
    changes.push_back({.position = position, .to = membership});
  };
  KURAMORI_CHECK(for_each_change(snapshot, secrets, room, {"m.room.member", user.str()}, note));
  return changes;
}

Result<std::optional<StoredMembership>> stored_membership(storage::Snapshot& snapshot, const UserId& user,
                                                          const RoomId& room) {
  KURAMORI_TRY(row, snapshot.get(kMemberships, {user.str(), room.str()}));
  if (!row) return std::optional<StoredMembership>();
  return std::optional<StoredMembership>(to_membership(*row));
}

Result<std::vector<StoredMembership>> stored_memberships(storage::Snapshot& snapshot, const UserId& user) {
  std::vector<StoredMembership> memberships;
  const storage::Scan scan{.table = &kMemberships,
                           .index = nullptr,
                           .prefix = {user.str()},
                           .from = std::nullopt,
                           .below = std::nullopt,
                           .limit = kNoLimit};
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    memberships.push_back(to_membership(row));
    return true;
  }));
  return memberships;
}

}  // namespace kuramori::rooms
