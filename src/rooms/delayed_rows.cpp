#include "rooms/delayed_rows.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms::detail {
namespace {

// Ordinals of the columns of kDelayedEvents.
struct DelayedColumn {
  enum : std::uint8_t {
    kHash,
    kUser,
    kRoom,
    kType,
    kStateKey,
    kDelay,
    kRunningSince,
    kDue,
    kFinalised,
    kOutcome,
    kReason,
    kEvent,
    kError,
    kSealed
  };
};

constexpr std::array<std::string_view, 4> kOutcomes{"", "send", "cancel", "error"};

std::string place_of(std::string_view hash) {
  return "delayed_events|" + std::string(hash);
}
storage::Value optional_value(const std::optional<std::int64_t>& value) {
  return value ? storage::Value(*value) : storage::Value();
}
std::optional<std::int64_t> optional_integer(const storage::Value& value) {
  return storage::is_null(value) ? std::nullopt : std::optional(storage::integer(value));
}

}  // namespace

std::string hash_of_delay_id(std::string_view delay_id) {
  return text::to_hex(crypto::sha256(delay_id));
}

std::string state_place(const RoomId& room, std::string_view type, std::string_view state_key) {
  std::string place = room.str();
  place.append("\0", 1).append(type).append("\0", 1).append(state_key);
  return place;
}

storage::Row write_delayed(const std::string& hash, const DelayedEvent& event,
                           std::optional<std::int64_t> due_ms, const crypto::SecretKey& key, Random& random) {
  json::Object inside;
  inside.emplace("delay_id", event.delay_id);
  inside.emplace("device", event.device.view());
  inside.emplace("content", event.content);
  if (event.sticky) inside.emplace("sticky_ms", event.sticky->count());
  const std::string plain = json::serialize(inside);
  storage::Row row;
  row.reserve(14);
  row.emplace_back(hash);
  row.emplace_back(event.user.str());
  row.emplace_back(event.room.str());
  row.emplace_back(event.type);
  row.push_back(event.state_key ? storage::Value(*event.state_key) : storage::Value());
  row.emplace_back(event.delay.count());
  row.emplace_back(event.running_since_ms);
  row.push_back(optional_value(due_ms));
  row.push_back(optional_value(event.finalised_ms));
  row.emplace_back(std::string(kOutcomes[static_cast<std::size_t>(event.outcome)]));
  row.emplace_back(std::string(event.by_action ? "action" : "delay"));
  row.push_back(event.event.empty() ? storage::Value() : storage::Value(event.event.str()));
  row.push_back(event.error.empty() ? storage::Value() : storage::Value(json::serialize(event.error)));
  row.emplace_back(crypto::seal(key, as_bytes(plain), as_bytes(place_of(hash)), random));
  return row;
}

DelayedColumns delayed_columns(const storage::Row& row) {
  DelayedColumns columns{.hash = storage::text(row[DelayedColumn::kHash]),
                         .user = UserId(storage::text(row[DelayedColumn::kUser])),
                         .room = RoomId(storage::text(row[DelayedColumn::kRoom])),
                         .type = storage::text(row[DelayedColumn::kType]),
                         .state_key = std::nullopt,
                         .delay = Milliseconds(storage::integer(row[DelayedColumn::kDelay])),
                         .running_since_ms = storage::integer(row[DelayedColumn::kRunningSince]),
                         .due_ms = optional_integer(row[DelayedColumn::kDue]),
                         .finalised_ms = optional_integer(row[DelayedColumn::kFinalised])};
  if (!storage::is_null(row[DelayedColumn::kStateKey]))
    columns.state_key = storage::text(row[DelayedColumn::kStateKey]);
  return columns;
}

Result<DelayedEvent> open_delayed(const storage::Row& row, const crypto::SecretKey& key) {
  DelayedColumns columns = delayed_columns(row);
  KURAMORI_TRY(
      plain, crypto::open(key, storage::blob(row[DelayedColumn::kSealed]), as_bytes(place_of(columns.hash))));
  KURAMORI_TRY(inside, json::parse_object(as_text(plain)));
  const json::Object* content = json::object_at(inside, "content");
  if (content == nullptr) return corrupt("a delayed event has no content");
  DelayedEvent event{.delay_id = std::string(json::string_or(inside, "delay_id", "")),
                     .user = std::move(columns.user),
                     .device = DeviceId(json::string_or(inside, "device", "")),
                     .room = std::move(columns.room),
                     .type = std::move(columns.type),
                     .state_key = std::move(columns.state_key),
                     .content = *content,
                     .delay = columns.delay,
                     .sticky = std::nullopt,
                     .running_since_ms = columns.running_since_ms,
                     .by_action = storage::text(row[DelayedColumn::kReason]) == "action",
                     .finalised_ms = columns.finalised_ms};
  if (const std::int64_t sticky = json::integer_or(inside, "sticky_ms", -1); sticky >= 0) {
    event.sticky = Milliseconds(sticky);
  }
  const std::string& outcome = storage::text(row[DelayedColumn::kOutcome]);
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    if (kOutcomes[i] == outcome) event.outcome = static_cast<DelayOutcome>(i);
  }
  if (!storage::is_null(row[DelayedColumn::kEvent]))
    event.event = EventId(storage::text(row[DelayedColumn::kEvent]));
  if (!storage::is_null(row[DelayedColumn::kError])) {
    KURAMORI_TRY(error, json::parse_object(storage::text(row[DelayedColumn::kError])));
    event.error = std::move(error);
  }
  return event;
}

}  // namespace kuramori::rooms::detail
