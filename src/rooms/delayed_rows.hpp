// A delayed event as a row: what finds it in columns, the rest sealed under the room's key and bound to the
// hash of its id. The id itself is a secret: whoever knows it may manage the event. Private to the module.
#pragma once
#include "crypto/aead.hpp"
#include "rooms/delayed_events.hpp"

namespace kuramori::rooms::detail {

std::string hash_of_delay_id(std::string_view delay_id);
std::string state_place(const RoomId& room, std::string_view type, std::string_view state_key);

// `due_ms` is what is durable of a schedule; nothing for what is finalised.
storage::Row write_delayed(const std::string& hash, const DelayedEvent& event,
                           std::optional<std::int64_t> due_ms, const crypto::SecretKey& key, Random& random);

// Columns of a row without opening it.
struct DelayedColumns {
  std::string hash;
  UserId user;
  RoomId room;
  std::string type;
  std::optional<std::string> state_key;
  Milliseconds delay{0};
  std::int64_t running_since_ms = 0;
  std::optional<std::int64_t> due_ms;
  std::optional<std::int64_t> finalised_ms;
};
DelayedColumns delayed_columns(const storage::Row& row);
Result<DelayedEvent> open_delayed(const storage::Row& row, const crypto::SecretKey& key);

template <class Map, class Key>
void erase_pair(Map& map, const Key& key, const std::string& value) {
  auto [at, end] = map.equal_range(key);
  for (; at != end; ++at) {
    if (at->second == value) {
      map.erase(at);
      return;
    }
  }
}

}  // namespace kuramori::rooms::detail
