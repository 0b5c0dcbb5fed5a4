// Who shares encrypted rooms with whom, and what changed of it: reads for device lists, over one snapshot.
// They open no event.
#pragma once
#include <vector>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

// Rooms that the user is joined to and that have an m.room.encryption event.
Result<std::vector<RoomId>> encrypted_rooms_of(storage::Snapshot& snapshot, const UserId& user);

// In one encrypted room of the reader. The kinds that a member event may have are told apart by what the
// membership is now: who only changed a name appears as Joined, too.
struct SharingChange {
  enum class Kind : std::uint8_t { Joined, Left, Encrypted };
  Kind kind = Kind::Joined;
  RoomId room;
  UserId user;  // of a membership
  StreamPosition position;
};

// After `after`, in rooms that the reader is joined to, and the reader's own leaves.
Result<std::vector<SharingChange>> sharing_changes(storage::Snapshot& snapshot, const UserId& reader,
                                                   StreamPosition after);

}  // namespace kuramori::rooms
