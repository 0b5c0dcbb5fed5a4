// What RoomService is asked to do, and what it answers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "json/json.hpp"
#include "matrix/filter.hpp"
#include "matrix/room_version.hpp"
#include "rooms/room_event.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

enum class Preset : std::uint8_t { PrivateChat, TrustedPrivateChat, PublicChat };
enum class Listing : bool { Unlisted, Published };  // in the published room directory

struct InitialState {
  std::string type = {};
  std::string state_key = {};
  json::Object content = {};
};

// client-server API, "POST /createRoom".
struct CreateRoom {
  const matrix::RoomVersion* version = nullptr;  // null: the configured default
  Preset preset = Preset::PrivateChat;
  Listing listing = Listing::Unlisted;
  enum class Direct : bool { No, Yes } direct = Direct::No;
  std::string alias_localpart = {};  // empty: none
  std::optional<std::string> name = {};
  std::optional<std::string> topic = {};
  std::vector<UserId> invite = {};
  json::Object creation_content = {};
  json::Object power_level_content_override = {};
  std::vector<InitialState> initial_state = {};
};

// One use of an endpoint by one device (client-server API, "Transaction identifiers").
struct Transaction {
  std::string scope = {};  // the endpoint with its parameters
  TransactionId id = {};
};

class EventBatch;

// Something that goes into the unit of work of an event, under the room's lock. May be asked again, on a
// fresh batch.
class Companion {
 public:
  virtual ~Companion() = default;
  virtual Result<void> before(const EventBatch& batch) = 0;
  virtual void after(EventBatch& batch, const EventId& event) = 0;
  virtual const std::string& delay_id() const = 0;  // `unsigned` of the event, for its sender (MSC4140)
};

struct SendEvent {
  RoomId room = {};
  std::string type = {};
  json::Object content = {};
  std::optional<Transaction> transaction = {};
  std::optional<Milliseconds> sticky = {};  // MSC4354: at most matrix::kStickyMax
  Companion* companion = nullptr;
  std::optional<Timestamp> timestamp = {};  // nothing: now ("Timestamp massaging", of application services)
};

struct SetState {
  RoomId room = {};
  std::string type = {};
  std::string state_key = {};
  json::Object content = {};
  Companion* companion = nullptr;
  std::optional<Timestamp> timestamp = {};  // as in SendEvent
};

struct RedactEvent {
  RoomId room = {};
  EventId event = {};
  json::Object content = {};  // "reason" and what else the client sent; `redacts` is set here
  std::optional<Transaction> transaction = {};
  Companion* companion = nullptr;
  std::optional<Timestamp> timestamp = {};  // as in SendEvent
};

struct OwnMembership {
  RoomId room = {};
  std::optional<std::string> reason = {};
};

struct OtherMembership {
  RoomId room = {};
  UserId user = {};
  std::optional<std::string> reason = {};
};

struct VisibleState {
  RoomStatePtr state = {};
  StreamPosition position = {};  // as of which
};

struct ContextQuery {
  RoomId room = {};
  EventId event = {};
  std::size_t limit = 10;  // events before and after together
  std::optional<matrix::RoomEventFilter> filter = {};
};

struct EventContext {
  RoomEventPtr event = {};
  std::vector<RoomEventPtr> before = {};  // newest first
  std::vector<RoomEventPtr> after = {};   // oldest first
  StreamPosition start = {};
  StreamPosition end = {};
  RoomStatePtr state = {};  // as of the last event returned
};

// An event as one reader gets it: `personal` holds what of `unsigned` is this reader's, as JSON text without
// braces (append_client_event).
struct PersonalEvent {
  RoomEventPtr event = {};
  std::string personal = {};
};

// client-server API, "Relationships API". Bounds as of a timeline: (after, up_to].
struct RelationsQuery {
  RoomId room = {};
  EventId event = {};
  std::string rel_type = {};    // empty: any
  std::string event_type = {};  // empty: any
  StreamPosition after = {};
  StreamPosition up_to = {};
  storage::Direction direction = storage::Direction::Backward;
  std::size_t limit = 10;
  enum class Recurse : bool { No, Yes } recurse = Recurse::No;
};

struct Relations {
  std::vector<PersonalEvent> events = {};
  std::optional<StreamPosition> next = {};  // where to go on; nothing at the end
};
constexpr int kRelationDepth = 3;  // how far recursion goes

struct ThreadsQuery {
  RoomId room = {};
  std::optional<StreamPosition> up_to = {};  // nothing: from the newest
  std::size_t limit = 10;
  enum class Include : bool { All, Participated } include = Include::All;
};

struct Threads {
  std::vector<PersonalEvent> roots = {};  // by their latest event, newest first
  std::optional<StreamPosition> next = {};
};

}  // namespace kuramori::rooms
