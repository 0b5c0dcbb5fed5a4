#include "matrix/event.hpp"

#include <string>
#include <utility>

#include "crypto/base64.hpp"
#include "crypto/hash.hpp"
#include "matrix/canonical_form.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::matrix {
namespace {

// server-server API, "PDUs".
constexpr std::size_t kPrevEventsMax = 20;
constexpr std::size_t kAuthEventsMax = 10;

Error wrong(std::string_view key, std::string_view what) {
  std::string message("The event's '");
  message.append(key).append("' ").append(what).append(".");
  return bad_json(std::move(message));
}

Result<std::string_view> text_at(const json::Object& pdu, std::string_view key) {
  const json::Value* value = json::find(pdu, key);
  if (value == nullptr) return wrong(key, "is missing");
  if (!value->is_string()) return wrong(key, "must be a string");
  const std::string_view text = json::view(value->get_string());
  if (text.size() > kIdentifierBytesMax) return wrong(key, "is longer than 255 octets");
  return text;
}

Result<void> check_integer(const json::Object& pdu, std::string_view key, std::int64_t least) {
  KURAMORI_TRY(number, json::optional_integer(pdu, key));
  if (!number) return wrong(key, "is missing");
  if (*number < least || *number > json::kIntegerMax) return wrong(key, "is out of range");
  return {};
}

Result<void> check_event_ids(const json::Object& pdu, std::string_view key, std::size_t most) {
  const json::Array* ids = json::array_at(pdu, key);
  if (ids == nullptr) return wrong(key, "must be an array");
  if (ids->size() > most) return wrong(key, "has too many entries");
  for (const json::Value& id : *ids) {
    if (!id.is_string() || !parse_event_id(json::view(id.get_string())))
      return wrong(key, "must hold event IDs");
  }
  return {};
}

Result<void> check_object_if_present(const json::Object& pdu, std::string_view key) {
  const json::Value* value = json::find(pdu, key);
  if (value != nullptr && !value->is_object()) return wrong(key, "must be an object");
  return {};
}

// From version 12 on m.room.create names no room: rule 1.2 of the authorisation rules judges one that does.
Result<void> check_room(const json::Object& pdu, std::string_view type, const RoomVersion& version) {
  const bool may_be_absent = version.room_id_is_create_hash && type == "m.room.create";
  if (may_be_absent && json::find(pdu, "room_id") == nullptr) return {};
  KURAMORI_TRY(room, text_at(pdu, "room_id"));
  const bool has_domain = room.find(':') != std::string_view::npos;
  if (!parse_room_id(room) || has_domain == version.room_id_is_create_hash) {
    return wrong("room_id", "is not a valid room ID of this room version");
  }
  return {};
}

Result<void> check_format(const json::Object& pdu, const RoomVersion& version) {
  KURAMORI_TRY(type, text_at(pdu, "type"));
  KURAMORI_TRY(sender, text_at(pdu, "sender"));
  if (!parse_user_id(sender)) return wrong("sender", "is not a valid user ID");
  if (json::find(pdu, "state_key") != nullptr) {
    KURAMORI_CHECK(text_at(pdu, "state_key"));
  }
  KURAMORI_CHECK(check_room(pdu, type, version));
  if (json::object_at(pdu, "content") == nullptr) return wrong("content", "must be an object");
  KURAMORI_CHECK(check_integer(pdu, "origin_server_ts", -json::kIntegerMax));
  KURAMORI_CHECK(check_integer(pdu, "depth", 0));
  KURAMORI_CHECK(check_event_ids(pdu, "prev_events", kPrevEventsMax));
  KURAMORI_CHECK(check_event_ids(pdu, "auth_events", kAuthEventsMax));
  KURAMORI_CHECK(check_object_if_present(pdu, "hashes"));
  KURAMORI_CHECK(check_object_if_present(pdu, "signatures"));
  for (const auto& member : pdu) KURAMORI_CHECK(json::check_canonical(member.value()));
  if (detail::canonical_size(pdu) > kEventBytesMax) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The event is larger than 65,536 octets.");
  }
  return {};
}

std::vector<EventId> event_ids(const json::Object& pdu, std::string_view key) {
  std::vector<EventId> ids;
  if (const json::Array* array = json::array_at(pdu, key)) {
    ids.reserve(array->size());
    for (const json::Value& id : *array) ids.emplace_back(json::view(id.get_string()));
  }
  return ids;
}

// An event outlives the request that brought it: its values must not lie in the request's arena.
json::Object in_lasting_storage(json::Object pdu) {
  const bool lasting = pdu.storage().is_shared() || *pdu.storage() == *json::StoragePtr();
  if (lasting) return pdu;
  return json::Object(std::move(pdu), json::StoragePtr());
}

}  // namespace

std::shared_ptr<const Event> Event::assemble(json::Object pdu, const RoomVersion& version, EventId id) {
  std::shared_ptr<Event> event(new Event(std::move(pdu)));
  const json::Object& stored = event->pdu_;
  event->content_ = json::object_at(stored, "content");
  event->version_ = &version;
  event->id_ = std::move(id);
  event->sender_ = UserId(json::string_or(stored, "sender", ""));
  event->type_ = json::string_or(stored, "type", "");
  if (const json::Value* key = json::find(stored, "state_key"))
    event->state_key_.emplace(json::view(key->get_string()));
  if (const json::Value* room = json::find(stored, "room_id")) {
    event->room_ = RoomId(json::view(room->get_string()));
  } else {
    event->room_ = RoomId("!" + std::string(event->id_.view().substr(1)));
  }
  event->origin_server_ts_ = json::integer_or(stored, "origin_server_ts", 0);
  event->depth_ = json::integer_or(stored, "depth", 0);
  if (event->type_ == "m.room.redaction") {
    const json::Object& holder = version.redacts_in_content ? *event->content_ : stored;
    event->redacts_ = EventId(json::string_or(holder, "redacts", ""));
  }
  return event;
}

std::vector<EventId> Event::prev_events() const {
  return event_ids(pdu_, "prev_events");
}
std::vector<EventId> Event::auth_events() const {
  return event_ids(pdu_, "auth_events");
}

Result<std::shared_ptr<const Event>> Event::parse(json::Object pdu, const RoomVersion& version) {
  KURAMORI_CHECK(check_format(pdu, version));
  EventId id = reference_hash_id(pdu, version);
  return assemble(in_lasting_storage(std::move(pdu)), version, std::move(id));
}

Result<std::shared_ptr<const Event>> Event::restore(json::Object pdu, const RoomVersion& version,
                                                    EventId id) {
  for (const std::string_view key : {"state_key", "room_id"}) {
    const json::Value* value = json::find(pdu, key);
    if (value != nullptr && !value->is_string()) return wrong(key, "must be a string");
  }
  if (json::object_at(pdu, "content") == nullptr) return wrong("content", "must be an object");
  return assemble(in_lasting_storage(std::move(pdu)), version, std::move(id));
}

std::string content_hash(const json::Object& pdu) {
  return crypto::to_base64(crypto::sha256(detail::canonical_for_content_hash(pdu)));
}

EventId reference_hash_id(const json::Object& pdu, const RoomVersion& version) {
  std::string id("$");
  id += crypto::to_base64_url(crypto::sha256(detail::canonical_for_reference_hash(pdu, version)));
  return EventId(std::move(id));
}

bool content_hash_matches(const json::Object& pdu) {
  const json::Object* hashes = json::object_at(pdu, "hashes");
  return hashes != nullptr && json::string_or(*hashes, "sha256", "") == content_hash(pdu);
}

}  // namespace kuramori::matrix
