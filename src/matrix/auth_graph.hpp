// The part of a room's graph of auth events that one resolution walks, loaded once each. Private to the
// module.
#pragma once
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "matrix/state_resolution.hpp"

namespace kuramori::matrix::detail {

using EventIds = std::unordered_set<EventId>;

class AuthGraph {
 public:
  AuthGraph(const EventSource& source, const RoomVersion& version) : source_(source), version_(version) {}

  Result<EventPtr> event(const EventId& id);
  // What is reachable over auth events from any of `starts`; a start itself only when reached from another.
  Result<EventIds> chain(const EventIds& starts);
  // Which of `sought` are in the chain of `starts`: stops as soon as all are found.
  Result<EventIds> found_in_chain(const EventIds& starts, const EventIds& sought);
  // The event among an event's auth events that stands for this piece of state; null when it cites none.
  Result<EventPtr> cited(const Event& event, std::string_view type, std::string_view state_key);
  // The event that created the room: named by the room from version 12 on, cited before.
  Result<EventPtr> creation(const Event& event);

 private:
  template <class Visit>
  Result<void> walk(const EventIds& starts, Visit visit);

  const EventSource& source_;
  const RoomVersion& version_;
  std::unordered_map<EventId, EventPtr> loaded_;
};

}  // namespace kuramori::matrix::detail
