// What others may read of rooms. Everything that discloses takes a permit (RoomRead or Sync); history
// visibility is judged here, by the state at each event, on every read.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gate/permit.hpp"
#include "matrix/filter.hpp"
#include "rooms/room_event.hpp"
#include "runtime/task.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

// One room of a user (table memberships(user_id, room_id | …)).
struct UserRoom {
  RoomId room = {};
  matrix::Membership membership = {};
  StreamPosition position = {};  // of the membership event
  EventId event = {};
  bool forgotten = false;
};

struct TimelineQuery {
  RoomId room = {};
  StreamPosition after = {};  // exclusive lower bound; 0: from the beginning
  StreamPosition up_to = {};  // inclusive upper bound
  storage::Direction direction = storage::Direction::Backward;
  std::size_t limit = 10;
  std::optional<matrix::RoomEventFilter> filter = {};
};

struct Timeline {
  std::vector<RoomEventPtr> events = {};  // in the direction of the query; only what the reader may see
  bool complete = false;                  // the bound was reached: nothing more to read
  StreamPosition reached =
      {};  // where to go on: just beyond the last event looked at, in the query's direction
};

// What orders and sorts a list of rooms, without their state.
struct RoomFacts {
  StreamPosition last_event = {};  // 0 for an unknown room
  StreamPosition last_bump = {};   // of the newest event that brings a room to the top (bumps_room)
  bool is_encrypted = false;
  std::string room_type = {};  // of m.room.create; empty: none
  std::string name = {};       // of m.room.name
  StreamPosition name_position = {};
};

// Whether people expect a room to move up for such an event (MSC4186, `bump_stamp`).
bool bumps_room(std::string_view event_type);

class RoomReader {
 public:
  virtual ~RoomReader() = default;

  // Of each of the rooms, in their order, from one snapshot.
  virtual runtime::Task<Result<std::vector<RoomFacts>>> facts(std::vector<RoomId> rooms) = 0;

  // The committed current state; NotFound for an unknown room. From memory mostly.
  virtual runtime::Task<Result<RoomStatePtr>> current_state(RoomId room) = 0;
  // From memory or nothing: hot paths try it first.
  virtual RoomStatePtr cached_state(const RoomId& room) const = 0;
  // The state as it was when the stream stood at `position` (after the change at it).
  virtual runtime::Task<Result<RoomStatePtr>> state_at(RoomId room, StreamPosition position) = 0;
  // State entries that changed in (after, up_to]: the last event of each (type, state_key).
  virtual runtime::Task<Result<std::vector<RoomEventPtr>>> state_changes(RoomId room, StreamPosition after,
                                                                         StreamPosition up_to) = 0;
  virtual runtime::Task<Result<std::vector<UserRoom>>> rooms_of(UserId user) = 0;
  // The user's membership when the stream stood at `position`, and the member event that said so (null:
  // None).
  virtual runtime::Task<Result<RoomEventPtr>> member_at(RoomId room, UserId user,
                                                        StreamPosition position) = 0;
  // The position of the room's last event; 0 for an unknown room.
  virtual runtime::Task<Result<StreamPosition>> last_event_position(RoomId room) = 0;
  virtual runtime::Task<Result<Timeline>> timeline(const gate::Permit& permit, TimelineQuery query) = 0;
  // Without the visibility check, for caches that many readers share: who hands its events on must judge
  // them.
  virtual runtime::Task<Result<Timeline>> unchecked_timeline(TimelineQuery query) = 0;
  virtual runtime::Task<Result<RoomEventPtr>> event(const gate::Permit& permit, RoomId room,
                                                    EventId event) = 0;
  // What `unsigned` of each event says to this reader alone, as JSON text without braces: `membership` at the
  // event and `m.relations`. The events are of one room, and the reader may see them. In the order of
  // `events`.
  virtual runtime::Task<Result<std::vector<std::string>>> personal_unsigned(const gate::Permit& permit,
                                                                            RoomId room,
                                                                            std::vector<RoomEventPtr> events);
  // What is sticky in the room now (MSC4354), oldest first: for joined members, whatever the visibility of
  // history. From memory.
  virtual std::vector<RoomEventPtr> sticky(const RoomId& /*room*/, StreamPosition /*after*/,
                                           StreamPosition /*up_to*/) const {
    return {};
  }
  // Without the visibility check: for state that the reader is entitled to (current members), rendered like
  // the rest. At position 0 what was rendered for an earlier reader is used again.
  virtual RoomEventPtr render(const matrix::EventPtr& event, StreamPosition position) const = 0;
  // The stream position of an event of the room; NotFound when unknown.
  virtual runtime::Task<Result<StreamPosition>> position_of(RoomId room, EventId event) = 0;
};

}  // namespace kuramori::rooms
