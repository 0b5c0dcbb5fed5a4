#include "rooms/sharing.hpp"

#include <limits>

#include "matrix/visibility.hpp"
#include "rooms/queries.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

using Kind = SharingChange::Kind;

constexpr std::string_view kEncryption = "m.room.encryption";
constexpr std::string_view kMember = "m.room.member";
constexpr std::size_t kEveryRow = std::numeric_limits<std::int32_t>::max();

Result<bool> is_encrypted(storage::Snapshot& snapshot, const RoomId& room) {
  const storage::Scan scan{
      .table = &kRoomState, .prefix = {room.str(), std::string(kEncryption), std::string()}, .limit = 1};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  return !rows.empty();
}

Result<void> add_changes_of(storage::Snapshot& snapshot, const RoomId& room, StreamPosition after,
                            std::vector<SharingChange>& changes) {
  const storage::Scan scan{.table = &kRoomState,
                           .index = &kRoomState.index("room_state_changes"),
                           .prefix = {room.str()},
                           .from = storage::Value(after.value + 1),
                           .limit = kEveryRow};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  static const std::size_t kType = kRoomState.column("type");
  static const std::size_t kStateKey = kRoomState.column("state_key");
  static const std::size_t kPosition = kRoomState.column("position");
  for (const storage::Row& row : rows) {
    const StreamPosition position{storage::integer(row[kPosition])};
    const std::string& type = storage::text(row[kType]);
    if (type == kEncryption && storage::text(row[kStateKey]).empty()) {
      changes.push_back({Kind::Encrypted, room, {}, position});
    } else if (type == kMember) {
      UserId user(storage::text(row[kStateKey]));
      KURAMORI_TRY(now, stored_membership(snapshot, user, room));
      const bool is_joined = now && now->membership == matrix::Membership::Join;
      changes.push_back({is_joined ? Kind::Joined : Kind::Left, room, std::move(user), position});
    }
  }
  return {};
}

}  // namespace

Result<std::vector<RoomId>> encrypted_rooms_of(storage::Snapshot& snapshot, const UserId& user) {
  KURAMORI_TRY(memberships, stored_memberships(snapshot, user));
  std::vector<RoomId> rooms;
  for (StoredMembership& one : memberships) {
    if (one.membership != matrix::Membership::Join) continue;
    KURAMORI_TRY(encrypted, is_encrypted(snapshot, one.room));
    if (encrypted) rooms.push_back(std::move(one.room));
  }
  return rooms;
}

Result<std::vector<SharingChange>> sharing_changes(storage::Snapshot& snapshot, const UserId& reader,
                                                   StreamPosition after) {
  KURAMORI_TRY(memberships, stored_memberships(snapshot, reader));
  std::vector<SharingChange> changes;
  for (const StoredMembership& one : memberships) {
    const bool is_joined = one.membership == matrix::Membership::Join;
    if (!is_joined && one.position <= after) continue;
    KURAMORI_TRY(encrypted, is_encrypted(snapshot, one.room));
    if (!encrypted) continue;
    if (is_joined) {
      KURAMORI_CHECK(add_changes_of(snapshot, one.room, after, changes));
    } else if (one.membership == matrix::Membership::Leave || one.membership == matrix::Membership::Ban) {
      changes.push_back({Kind::Left, one.room, reader, one.position});
    }
  }
  return changes;
}

}  // namespace kuramori::rooms
