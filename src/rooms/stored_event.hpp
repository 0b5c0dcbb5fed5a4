// An event as a row: metadata in columns, the rest sealed under the room's key and bound to the event id.
#pragma once
#include <optional>
#include <string>

#include "crypto/aead.hpp"
#include "matrix/event.hpp"
#include "rooms/room_event.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

// What is stored with an event beside the event itself.
struct EventNotes {
  DeviceId device = {};  // of the sender, when it is a client of ours
  TransactionId transaction = {};
  EventId replaces = {};  // the state event that it took the place of
  std::string delay_id = {};  // when it was a delayed event
};

struct StoredEvent {
  StreamPosition position = {};
  matrix::EventPtr event = {};
  EventNotes notes = {};
  std::optional<EventId> redacted_by = {};
};

Bytes seal_event(const matrix::Event& event, const EventNotes& notes, const crypto::SecretKey& key,
                 Random& random);
storage::Row event_row(storage::Value position, const matrix::Event& event, Bytes sealed,
                       const std::optional<EventId>& redacted_by = std::nullopt);

// Columns of a row without opening it.
struct EventColumns {
  StreamPosition position = {};
  std::string_view id = {};
  std::string_view room = {};
  std::string_view type = {};
  std::optional<std::string_view> state_key = {};
  std::string_view sender = {};
  std::int64_t origin_server_ts = {};
};
EventColumns event_columns(const storage::Row& row);
// Corrupt when it does not open or is not the event that the row says it is.
Result<StoredEvent> open_event(const storage::Row& row, const crypto::SecretKey& key,
                               const matrix::RoomVersion& version);

// Null when there is none (of that room).
Result<std::optional<storage::Row>> find_event_row(storage::Snapshot& snapshot, const EventId& id);

}  // namespace kuramori::rooms
