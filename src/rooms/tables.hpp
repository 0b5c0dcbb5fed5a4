// What rooms store. A message costs one row of events and, with a transaction id, one of transactions.
//
// Forward extremities are not stored: the newest event of a room by position is referenced by nobody. What a
// fork would add is a table of further extremities beside it; the state it resolves to is written to
// room_state at the position where it takes effect, so readers of room_state need not know how the state came
// about.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::rooms {

// rooms(room_id | version, creator, created_ms)
extern const storage::Table kRooms;
// events(position | event_id, room_id, depth, type, state_key?, sender, origin_server_ts, redacted_by?,
// sealed) Indexes: event (event_id, unique), timeline (room_id, position).
extern const storage::Table kEvents;
// room_minutes(room_id, minute, position): a row where an event lies in another minute than the one before it
// in the room. Index: position (room_id, position).
extern const storage::Table kRoomMinutes;
// room_state(room_id, type, state_key, position | event_id, event_position): a row whenever the room's
// current state changes. The entry at a position is the last row at or before it. Index: changes (room_id,
// position).
extern const storage::Table kRoomState;
// memberships(user_id, room_id | membership, event_id, position, forgotten). Index: room (room_id,
// membership).
extern const storage::Table kMemberships;
// aliases(alias | room_id, creator, created_ms). Index: room (room_id).
extern const storage::Table kAliases;
// published_rooms(room_id | created_ms)
extern const storage::Table kPublishedRooms;
// transactions(position | fingerprint): of the event that a transaction id made; the newest of them
extern const storage::Table kTransactions;

// relations(room_id, parent_id, position | rel_type, event_id, event_type, sender, origin_server_ts): of the
// event at `position` to its parent; gone when it is redacted. Indexes: type (…, rel_type, position), sender
// (…, rel_type, sender).
extern const storage::Table kRelations;
// threads(room_id, root_id | latest_position). Index: latest (room_id, latest_position).
extern const storage::Table kThreads;

// sticky_events(position | room_id, ends_ms): of what may still be sticky; rows that no longer matter go with
// the next that comes.
extern const storage::Table kStickyEvents;
// delayed_events(id_hash | user_id, room_id, type, state_key?, delay_ms, running_since_ms, due_ms?, finalised_ms?,
// outcome, reason, event_id?, error?, sealed). Indexes: due (due_ms; null when finalised), user (user_id,
// finalised_ms).
extern const storage::Table kDelayedEvents;

// In order of creation, for the wiring's list of migrations.
std::span<const storage::Table* const> tables();
// The same in parts, by the migration that makes them.
std::span<const storage::Table* const> first_tables();
std::span<const storage::Table* const> relation_tables();
std::span<const storage::Table* const> delayed_tables();

}  // namespace kuramori::rooms
