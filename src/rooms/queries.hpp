// Reads of what rooms store, over one snapshot.
#pragma once
#include <functional>
#include <vector>

#include "rooms/history.hpp"
#include "rooms/room.hpp"
#include "rooms/stored_event.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

// The version and the key of a room: what opening its events takes.
struct RoomSecrets {
  const matrix::RoomVersion* version = nullptr;
  crypto::SecretKey key;
};

// Nothing for an unknown room, and when the key was destroyed: it took the room's content with it.
Result<std::optional<RoomSecrets>> find_secrets(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                                std::string_view room);

// NotFound for an unknown room.
Result<LoadedRoom> load_room(storage::Snapshot& snapshot, storage::KeyRing& keys, const RoomId& id);

Result<storage::Row> event_row_at(storage::Snapshot& snapshot, StreamPosition position);
Result<StoredEvent> event_at(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                             StreamPosition position);
// The event of the row as readers get it, with what belongs to it in `unsigned`.
Result<RoomEventPtr> rendered_event(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                                    const storage::Row& row);

// The state entry in force at `position`; nothing when there was none.
Result<std::optional<StoredEvent>> state_entry_at(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                                                  const RoomId& room, const matrix::StateKey& key,
                                                  StreamPosition position);
// The room's state when the stream stood at `position`, by undoing what changed since: `current` is a
// committed state, complete up to `current_position`.
Result<RoomStatePtr> state_before_changes(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                                          const RoomId& room, RoomStatePtr current,
                                          StreamPosition current_position, StreamPosition position);

struct ChangedEntry {
  matrix::StateKey key;
  StreamPosition event_position;
};
// The last change of each entry in (after, up_to].
Result<std::vector<ChangedEntry>> changed_entries(storage::Snapshot& snapshot, const RoomId& room,
                                                  StreamPosition after, StreamPosition up_to);
// All changes of one entry, in order.
Result<void> for_each_change(storage::Snapshot& snapshot, const RoomSecrets& secrets, const RoomId& room,
                             const matrix::StateKey& key,
                             const std::function<void(StreamPosition, const matrix::Event&)>& visit);
Result<std::vector<MembershipChange>> membership_changes(storage::Snapshot& snapshot,
                                                         const RoomSecrets& secrets, const RoomId& room,
                                                         const UserId& user);

struct StoredMembership {
  RoomId room;
  matrix::Membership membership = matrix::Membership::None;
  EventId event;
  StreamPosition position;
  bool forgotten = false;
};
Result<std::optional<StoredMembership>> stored_membership(storage::Snapshot& snapshot, const UserId& user,
                                                          const RoomId& room);
Result<std::vector<StoredMembership>> stored_memberships(storage::Snapshot& snapshot, const UserId& user);

}  // namespace kuramori::rooms
