// Making an event of our own. One canonical form serves the content hash and the size limit; a second one, of
// the redacted event, serves the signature and the event id.
#include "crypto/base64.hpp"
#include "crypto/hash.hpp"
#include "matrix/canonical_form.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix {
namespace {

// MSC4354 under its unstable name; not protected from redaction.
constexpr std::string_view kStickyKey = "msc4354_sticky";

Result<void> check_draft(const Draft& draft, const RoomVersion& version) {
  const bool names_no_room = version.room_id_is_create_hash && draft.type == "m.room.create";
  if (draft.room.empty() != names_no_room) return invalid_argument("The event must name its room.");
  if (draft.type.empty() || draft.type.size() > kIdentifierBytesMax) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The event type must have 1 to 255 octets.");
  }
  if (draft.state_key && draft.state_key->size() > kIdentifierBytesMax) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The state key must have at most 255 octets.");
  }
  for (const auto& member : draft.content) KURAMORI_CHECK(json::check_canonical(member.value()));
  return {};
}

json::Array to_array(const std::vector<EventId>& ids) {
  json::Array array;
  array.reserve(ids.size());
  for (const EventId& id : ids) array.emplace_back(id.view());
  return array;
}

// Everything but hashes and signatures, on the heap whatever arena the content lay in.
json::Object to_pdu(Draft draft, const RoomVersion& version) {
  json::Object pdu;
  pdu.reserve(13);
  pdu.emplace("auth_events", to_array(draft.auth_events));
  json::Object& content = pdu.emplace("content", std::move(draft.content)).first->value().get_object();
  pdu.emplace("depth", std::min(draft.depth, json::kIntegerMax));
  pdu.emplace("origin_server_ts", to_unix_ms(draft.origin_server_ts));
  pdu.emplace("prev_events", to_array(draft.prev_events));
  if (!draft.redacts.empty()) {
    (version.redacts_in_content ? content : pdu)["redacts"] = draft.redacts.view();
  }
  if (!draft.room.empty()) pdu.emplace("room_id", draft.room.view());
  pdu.emplace("sender", draft.sender.view());
  if (draft.state_key) pdu.emplace("state_key", *draft.state_key);
  if (draft.sticky) pdu.emplace(kStickyKey, json::Object{{"duration_ms", draft.sticky->count()}});
  pdu.emplace("type", draft.type);
  return pdu;
}

json::Object signatures_of(std::string_view form, const ServerName& origin, const crypto::SigningKey& key,
                           const crypto::SigningKey* policy_key) {
  json::Object by_key;
  by_key.emplace(key.key_id(), crypto::to_base64(key.sign(as_bytes(form))));
  if (policy_key != nullptr)
    by_key.emplace(policy_key->key_id(), crypto::to_base64(policy_key->sign(as_bytes(form))));
  json::Object signatures;
  signatures.emplace(origin.view(), std::move(by_key));
  return signatures;
}

// What a member of an object adds to its canonical form, comma included.
std::size_t added_size(std::string_view key, const json::Object& value) {
  return key.size() + 4 + detail::canonical_size(value);
}

}  // namespace

std::optional<Milliseconds> sticky_duration(const Event& event) {
  const json::Object* sticky = json::object_at(event.pdu(), kStickyKey);
  const std::int64_t duration = sticky == nullptr ? -1 : json::integer_or(*sticky, "duration_ms", -1);
  if (duration < 0) return std::nullopt;
  return std::min(Milliseconds(duration), kStickyMax);
}

std::string signature_over(const json::Object& pdu, const RoomVersion& version,
                           const crypto::SigningKey& key) {
  const std::string form = detail::canonical_for_reference_hash(pdu, version);
  return crypto::to_base64(key.sign(as_bytes(form)));
}

Result<EventPtr> build(Draft draft, const RoomVersion& version, const ServerName& origin,
                       const crypto::SigningKey& key, const crypto::SigningKey* policy_key) {
  KURAMORI_CHECK(check_draft(draft, version));
  json::Object pdu = to_pdu(std::move(draft), version);

  const std::string content_form = detail::canonical_for_content_hash(pdu);
  json::Object hashes;
  hashes.emplace("sha256", crypto::to_base64(crypto::sha256(content_form)));
  std::size_t size = content_form.size() + added_size("hashes", hashes);
  pdu.emplace("hashes", std::move(hashes));

  const std::string reference_form = detail::canonical_for_reference_hash(pdu, version);
  json::Object signatures = signatures_of(reference_form, origin, key, policy_key);
  size += added_size("signatures", signatures);
  pdu.emplace("signatures", std::move(signatures));
  if (size > kEventBytesMax) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The event is larger than 65,536 octets.");
  }

  std::string id("$");
  id += crypto::to_base64_url(crypto::sha256(reference_form));
  return Event::assemble(std::move(pdu), version, EventId(std::move(id)));
}

}  // namespace kuramori::matrix
