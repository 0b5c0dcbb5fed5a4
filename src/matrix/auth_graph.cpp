#include "matrix/auth_graph.hpp"

namespace kuramori::matrix::detail {

Result<EventPtr> AuthGraph::event(const EventId& id) {
  const auto known = loaded_.find(id);
  if (known != loaded_.end()) return known->second;
  EventPtr event = source_(id);
  if (event == nullptr) {
    return Error(ErrorCode::NotFound, "KURAMORI_EVENT_MISSING",
                 "An event that the room's state rests on is missing.")
        .with_detail("event " + id.str());
  }
  loaded_.emplace(id, event);
  return event;
}

// Calls `visit` once for each event of the chain, until it returns false. Iterative: chains are thousands
// long.
template <class Visit>
Result<void> AuthGraph::walk(const EventIds& starts, Visit visit) {
  EventIds seen;
  std::vector<EventId> pending(starts.begin(), starts.end());
  EventIds expanded;
  while (!pending.empty()) {
    const EventId id = std::move(pending.back());
    pending.pop_back();
    if (!expanded.insert(id).second) continue;
    KURAMORI_TRY(current, event(id));
    for (const EventId& auth : current->auth_events()) {
      if (seen.insert(auth).second && !visit(auth)) return {};
      if (!expanded.contains(auth)) pending.push_back(auth);
    }
  }
  return {};
}

Result<EventIds> AuthGraph::chain(const EventIds& starts) {
  EventIds reached;
  KURAMORI_CHECK(walk(starts, [&reached](const EventId& id) {
    reached.insert(id);
    return true;
  }));
  return reached;
}

Result<EventIds> AuthGraph::found_in_chain(const EventIds& starts, const EventIds& sought) {
  EventIds found;
  if (sought.empty()) return found;
  KURAMORI_CHECK(walk(starts, [&](const EventId& id) {
    if (sought.contains(id)) found.insert(id);
    return found.size() < sought.size();
  }));
  return found;
}

Result<EventPtr> AuthGraph::cited(const Event& event_citing, std::string_view type,
                                  std::string_view state_key) {
  for (const EventId& id : event_citing.auth_events()) {
    KURAMORI_TRY(auth, event(id));
    if (auth->is_state(type, state_key)) return auth;
  }
  return EventPtr();
}

Result<EventPtr> AuthGraph::creation(const Event& event_of_room) {
  if (!version_.room_id_is_create_hash) return cited(event_of_room, "m.room.create", "");
  return event(EventId("$" + std::string(event_of_room.room().view().substr(1))));
}

}  // namespace kuramori::matrix::detail
