#include "rooms/stored_event.hpp"

#include "json/json.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

// Ordinals of the columns of kEvents.
struct EventColumn {
  enum : std::uint8_t {
    kPosition,
    kEventId,
    kRoomId,
    kDepth,
    kType,
    kStateKey,
    kSender,
    kTime,
    kRedactedBy,
    kSealed
  };
};

constexpr char kFormat = 1;
constexpr char kFormatOfDelayed = 2;        // with one note more
constexpr std::size_t kUsualBytes = 1'024;  // of an event with its notes: allocated once

std::string place_of(std::string_view event_id) {
  return "events|" + std::string(event_id);
}

void append_note(std::string& out, std::string_view note) {
  ensure(note.size() <= 0xFFFF, "a note of an event is longer than its length field");
  out.push_back(static_cast<char>(note.size() >> 8U));
  out.push_back(static_cast<char>(note.size() & 0xFFU));
  out.append(note);
}

std::optional<std::string_view> take_note(std::string_view& from) {
  if (from.size() < 2) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(from[0])) << 8U |
                             static_cast<unsigned char>(from[1]);
  if (from.size() < 2 + length) return std::nullopt;
  const std::string_view note = from.substr(2, length);
  from.remove_prefix(2 + length);
  return note;
}

}  // namespace

Bytes seal_event(const matrix::Event& event, const EventNotes& notes, const crypto::SecretKey& key,
                 Random& random) {
  std::string plain;
  plain.reserve(kUsualBytes);
  plain.push_back(notes.delay_id.empty() ? kFormat : kFormatOfDelayed);
  append_note(plain, notes.device.view());
  append_note(plain, notes.transaction.view());
  append_note(plain, notes.replaces.view());
  if (!notes.delay_id.empty()) append_note(plain, notes.delay_id);
  json::serialize_to(plain, event.pdu());
  return crypto::seal(key, as_bytes(plain), as_bytes(place_of(event.id().view())), random);
}

storage::Row event_row(storage::Value position, const matrix::Event& event, Bytes sealed,
                       const std::optional<EventId>& redacted_by) {
  storage::Row row;
  row.reserve(10);
  row.push_back(std::move(position));
  row.emplace_back(event.id().str());
  row.emplace_back(event.room().str());
  row.emplace_back(event.depth());
  row.emplace_back(event.type());
  row.push_back(event.state_key() ? storage::Value(*event.state_key()) : storage::Value());
  row.emplace_back(event.sender().str());
  row.emplace_back(event.origin_server_ts());
  row.push_back(redacted_by ? storage::Value(redacted_by->str()) : storage::Value());
  row.emplace_back(std::move(sealed));
  return row;
}

EventColumns event_columns(const storage::Row& row) {
  EventColumns columns{.position = {storage::integer(row[EventColumn::kPosition])},
                       .id = storage::text(row[EventColumn::kEventId]),
                       .room = storage::text(row[EventColumn::kRoomId]),
                       .type = storage::text(row[EventColumn::kType]),
                       .state_key = std::nullopt,
                       .sender = storage::text(row[EventColumn::kSender]),
                       .origin_server_ts = storage::integer(row[EventColumn::kTime])};
  if (!storage::is_null(row[EventColumn::kStateKey]))
    columns.state_key = storage::text(row[EventColumn::kStateKey]);
  return columns;
}

Result<StoredEvent> open_event(const storage::Row& row, const crypto::SecretKey& key,
                               const matrix::RoomVersion& version) {
  const std::string& id = storage::text(row[EventColumn::kEventId]);
  KURAMORI_TRY(plain, crypto::open(key, storage::blob(row[EventColumn::kSealed]), as_bytes(place_of(id))));
  std::string_view rest = as_text(plain);
  const char format = rest.empty() ? '\0' : rest[0];
  if (format != kFormat && format != kFormatOfDelayed)
    return corrupt("event " + id + " has an unknown format");
  rest.remove_prefix(1);
  const auto device = take_note(rest);
  const auto transaction = take_note(rest);
  const auto replaces = take_note(rest);
  const auto delay = format == kFormatOfDelayed ? take_note(rest) : std::string_view();
  if (!device || !transaction || !replaces || !delay) return corrupt("event " + id + " is cut short");
  KURAMORI_TRY(pdu, json::parse_object(rest));
  KURAMORI_TRY(event, matrix::Event::restore(std::move(pdu), version, EventId(id)));

  StoredEvent stored{.position = {storage::integer(row[EventColumn::kPosition])},
                     .event = std::move(event),
                     .notes = {.device = DeviceId(*device),
                               .transaction = TransactionId(*transaction),
                               .replaces = EventId(*replaces),
                               .delay_id = std::string(*delay)},
                     .redacted_by = std::nullopt};
  if (!storage::is_null(row[EventColumn::kRedactedBy]))
    stored.redacted_by = EventId(storage::text(row[EventColumn::kRedactedBy]));
  return stored;
}

Result<std::optional<storage::Row>> find_event_row(storage::Snapshot& snapshot, const EventId& id) {
  storage::Scan scan{.table = &kEvents,
                     .index = &kEvents.index("events_by_id"),
                     .prefix = {storage::Value(id.str())},
                     .from = std::nullopt,
                     .below = std::nullopt,
                     .direction = storage::Direction::Backward,  // what is asked for is mostly new
                     .limit = 1};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  if (rows.empty()) return std::optional<storage::Row>();
  return std::optional<storage::Row>(std::move(rows.front()));
}

}  // namespace kuramori::rooms
