// What goes to a push gateway (push gateway API, POST /_matrix/push/v1/notify), and what it answers. Pure.
#pragma once
#include <string>
#include <vector>

#include "matrix/event.hpp"
#include "matrix/push_rules.hpp"
#include "push/ports.hpp"
#include "push/pusher.hpp"
#include "rooms/room_state.hpp"

namespace kuramori::push {

// An event that notifies a person, as it waits in the queue.
struct QueuedEvent {
  RoomId room = {};
  EventId event = {};
  bool highlight = false;
  std::string sound = {};
};
std::string render_queued(const QueuedEvent& queued);
Result<QueuedEvent> parse_queued(std::string_view text);

struct Addressee {
  const Pusher& pusher;
  const UserId& user;
  std::int64_t pushkey_ts;  // seconds since the epoch
};

std::string event_push(const Addressee& to, const QueuedEvent& queued, const matrix::Event& event,
                       const rooms::RoomState& state, const Unread& unread);
// The number of unread messages alone: the app takes its badge away.
std::string badge_push(const Addressee& to, const Unread& unread);

// Pushkeys that the gateway will never serve again; empty for an answer that is not understood.
std::vector<std::string> rejected_pushkeys(std::string_view body);

// Names for people: of the room (empty when it has none), and of a member.
std::string room_name(const rooms::RoomState& state);
std::string member_name(const rooms::RoomState& state, const UserId& user);

}  // namespace kuramori::push
