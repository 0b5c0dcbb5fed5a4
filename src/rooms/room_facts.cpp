// What lists of rooms are sorted and filtered by: point queries, a batch of rooms in one snapshot.
#include <algorithm>
#include <limits>

#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr StreamPosition kPresent{std::numeric_limits<std::int64_t>::max() - 1};
constexpr std::string_view kBumping[] = {"m.room.create", "m.room.message", "m.room.encrypted", "m.sticker",
                                         "m.call.invite", "m.poll.start",   "m.beacon_info"};

// The last event and the last that moves the room up. Every room has one: its creation.
Result<void> find_last(storage::Snapshot& snapshot, const RoomId& room, RoomFacts& facts) {
  const storage::Scan newest_first{.table = &kEvents,
                                   .index = &kEvents.index("events_timeline"),
                                   .prefix = {room.str()},
                                   .from = std::nullopt,
                                   .below = std::nullopt,
                                   .direction = storage::Direction::Backward,
                                   .limit = std::numeric_limits<std::size_t>::max() - 1};
  return snapshot.for_each(newest_first, [&](storage::Row&& row) {
    const EventColumns columns = event_columns(row);
    if (facts.last_event.value == 0) facts.last_event = columns.position;
    if (!bumps_room(columns.type)) return true;
    facts.last_bump = columns.position;
    return false;
  });
}

Result<bool> has_entry(storage::Snapshot& snapshot, const RoomId& room, std::string_view type) {
  KURAMORI_TRY(rows, snapshot.scan({.table = &kRoomState,
                                    .index = nullptr,
                                    .prefix = {room.str(), std::string(type), std::string()},
                                    .from = std::nullopt,
                                    .below = std::nullopt,
                                    .limit = 1}));
  return !rows.empty();
}

Result<RoomFacts> facts_of(storage::Snapshot& snapshot, storage::KeyRing& keys, const RoomId& room) {
  RoomFacts facts;
  KURAMORI_TRY(row, snapshot.get(kRooms, {room.str()}));
  if (!row) return facts;
  const matrix::RoomVersion* version = matrix::find_room_version(storage::text((*row)[1]));
  if (version == nullptr) return corrupt("room " + room.str() + " has an unknown version");
  KURAMORI_TRY(key, keys.get_in(snapshot, crypto::KeyScope::Room, room.view()));
  const RoomSecrets secrets{.version = version, .key = key};
  KURAMORI_CHECK(find_last(snapshot, room, facts));
  KURAMORI_TRY(encrypted, has_entry(snapshot, room, "m.room.encryption"));
  facts.is_encrypted = encrypted;
  KURAMORI_TRY(create, state_entry_at(snapshot, secrets, room, {"m.room.create", ""}, kPresent));
  if (create) facts.room_type = json::string_or(create->event->content(), "type", "");
  KURAMORI_TRY(name, state_entry_at(snapshot, secrets, room, {"m.room.name", ""}, kPresent));
  if (name) {
    facts.name = json::string_or(name->event->content(), "name", "");
    facts.name_position = name->position;
  }
  return facts;
}

}  // namespace

bool bumps_room(std::string_view event_type) {
  return std::ranges::find(kBumping, event_type) != std::end(kBumping);
}

runtime::Task<Result<std::vector<RoomFacts>>> RoomService::facts(std::vector<RoomId> rooms) {
  auto query = [rooms = std::move(rooms),
                keys = &state_->ports.keys](storage::Snapshot& snapshot) -> Result<std::vector<RoomFacts>> {
    std::vector<RoomFacts> facts;
    facts.reserve(rooms.size());
    for (const RoomId& room : rooms) {
      KURAMORI_TRY(of_room, facts_of(snapshot, *keys, room));
      facts.push_back(std::move(of_room));
    }
    return facts;
  };
  auto read = state_->ports.store.read(std::move(query));
  auto facts = co_await std::move(read);
  co_return facts;
}

}  // namespace kuramori::rooms
