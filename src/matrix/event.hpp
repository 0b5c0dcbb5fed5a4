// A persistent event (PDU) of room versions 10 to 12 (server-server API, "PDUs"; rooms/v10–v12.md). Immutable
// once made.
//
// The object is in federation form, without `event_id`, with `hashes` and `signatures`. Rendering for clients
// is client_form(). All functions here are pure.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "json/json.hpp"
#include "matrix/room_version.hpp"

namespace kuramori::matrix {

constexpr std::size_t kEventBytesMax = 65'536;    // client-server API, "Size limits"
constexpr std::size_t kIdentifierBytesMax = 255;  // sender, room_id, type, state_key, event_id

struct Draft;

class Event {
 public:
  Event(const Event&) = delete;  // content() points into the event itself
  Event& operator=(const Event&) = delete;

  // Checks shape and limits of the format, computes the event id from the reference hash. In version 12 the
  // room id of m.room.create is derived from it.
  static Result<std::shared_ptr<const Event>> parse(json::Object pdu, const RoomVersion& version);
  // Of a PDU that was checked before it was stored, from a store that vouches for it (sealed with its id):
  // neither the limits nor the hash are looked at again.
  static Result<std::shared_ptr<const Event>> restore(json::Object pdu, const RoomVersion& version,
                                                      EventId id);

  const EventId& id() const { return id_; }
  const RoomId& room() const { return room_; }
  const UserId& sender() const { return sender_; }
  const std::string& type() const { return type_; }
  bool is_state() const { return state_key_.has_value(); }
  const std::optional<std::string>& state_key() const { return state_key_; }
  bool is_state(std::string_view type, std::string_view state_key = "") const {
    return state_key_ && type_ == type && *state_key_ == state_key;
  }
  const json::Object& content() const { return *content_; }
  const json::Object& pdu() const { return pdu_; }
  std::int64_t origin_server_ts() const { return origin_server_ts_; }
  std::int64_t depth() const { return depth_; }
  // Made anew from the object at each call: few ask, and an event is kept for long.
  std::vector<EventId> prev_events() const;
  std::vector<EventId> auth_events() const;
  // What a redaction redacts, wherever the version keeps it; empty otherwise.
  const EventId& redacts() const { return redacts_; }
  const RoomVersion& version() const { return *version_; }

 private:
  friend Result<std::shared_ptr<const Event>> build(Draft draft, const RoomVersion& version,
                                                    const ServerName& origin, const crypto::SigningKey& key,
                                                    const crypto::SigningKey* policy_key);
  explicit Event(json::Object pdu) : pdu_(std::move(pdu)) {}
  // Of a checked PDU whose id is known.
  static std::shared_ptr<const Event> assemble(json::Object pdu, const RoomVersion& version, EventId id);

  json::Object pdu_;
  const json::Object* content_ = nullptr;
  const RoomVersion* version_ = nullptr;
  EventId id_;
  RoomId room_;
  UserId sender_;
  std::string type_;
  std::optional<std::string> state_key_;
  std::int64_t origin_server_ts_ = 0;
  std::int64_t depth_ = 0;
  EventId redacts_;
};

using EventPtr = std::shared_ptr<const Event>;

// What a new event of ours is made of.
struct Draft {
  RoomId room;  // empty for m.room.create of version 12
  UserId sender;
  std::string type;
  std::optional<std::string> state_key;
  json::Object content;
  EventId redacts;  // for m.room.redaction
  Timestamp origin_server_ts;
  std::int64_t depth = 1;
  std::vector<EventId> prev_events;
  std::vector<EventId> auth_events;
  std::optional<Milliseconds> sticky = {};  // MSC4354
};

// How long it is sticky from its origin_server_ts on, at most an hour; nothing when it is not (MSC4354).
std::optional<Milliseconds> sticky_duration(const Event& event);
constexpr Milliseconds kStickyMax{3'600'000};

// Adds content hash and signature, and computes the event id. TooLarge (M_TOO_LARGE) over 65,536 octets of
// canonical JSON; M_BAD_JSON for floats or integers out of range. `policy_key`: of the room's policy server
// (server-server API, "Policy Servers"), when that is `origin` itself.
Result<EventPtr> build(Draft draft, const RoomVersion& version, const ServerName& origin,
                       const crypto::SigningKey& key, const crypto::SigningKey* policy_key = nullptr);
// The signature over what survives a redaction, unpadded base64; what is signed of every event.
std::string signature_over(const json::Object& pdu, const RoomVersion& version,
                           const crypto::SigningKey& key);

std::string content_hash(const json::Object& pdu);                               // unpadded base64
EventId reference_hash_id(const json::Object& pdu, const RoomVersion& version);  // "$…"
bool content_hash_matches(const json::Object& pdu);

struct ClientForm {
  bool with_room_id = true;  // /sync leaves it out
};
// The event as clients see it (client-server API, "Room Event Format"): no hashes, signatures, auth_events,
// prev_events, depth; `redacts` both at the top and in content for every version. `unsigned` is the caller's
// business.
json::Object client_form(const Event& event, ClientForm form = {});
// The stripped form for invites and knocks: type, state_key, content, sender.
json::Object stripped_form(const Event& event);

}  // namespace kuramori::matrix
