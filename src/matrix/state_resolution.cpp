#include "matrix/state_resolution.hpp"

#include <algorithm>

#include "matrix/conflict.hpp"
#include "matrix/event_ordering.hpp"

namespace kuramori::matrix {
namespace {

using detail::AuthGraph;
using detail::EventIds;

bool is_power_event(const Event& event) {
  if (event.is_state("m.room.power_levels") || event.is_state("m.room.join_rules")) return true;
  if (event.type() != "m.room.member" || !event.is_state()) return false;
  const std::string_view membership = json::string_or(event.content(), "membership", "");
  return (membership == "leave" || membership == "ban") && *event.state_key() != event.sender().view();
}

// The pieces of state that one event is judged against.
class JudgedAgainst final : public StateView {
 public:
  void add(EventPtr event) { pieces_.push_back(std::move(event)); }

  EventPtr find(std::string_view type, std::string_view state_key) const override {
    for (const EventPtr& event : pieces_) {
      if (event->is_state(type, state_key)) return event;
    }
    return nullptr;
  }

 private:
  std::vector<EventPtr> pieces_;
};

class Resolution {
 public:
  Resolution(StateMap start, const RoomVersion& version, AuthGraph& graph, const RejectedTest& is_rejected)
      : version_(version), graph_(graph), is_rejected_(is_rejected), resolved_(std::move(start)) {}

  // The iterative auth checks algorithm.
  Result<void> apply(const std::vector<EventPtr>& ordered) {
    for (const EventPtr& event : ordered) {
      if (!event->is_state()) continue;
      KURAMORI_TRY(state, state_for(*event));
      if (!authorise(*event, state).allowed) continue;
      resolved_.insert_or_assign(StateKey(event->type(), *event->state_key()), event->id());
    }
    return {};
  }

  Result<EventPtr> power_levels() {
    const auto entry = resolved_.find(StateKey("m.room.power_levels", ""));
    if (entry == resolved_.end()) return EventPtr();
    return graph_.event(entry->second);
  }

  // Step 5: what all states agree on stands.
  StateMap finish(StateMap agreed) && {
    agreed.merge(std::move(resolved_));
    return agreed;
  }

 private:
  // For each key that the rules ask for: what is resolved so far, and where that is silent, what the event
  // cites.
  Result<JudgedAgainst> state_for(const Event& event) {
    std::vector<StateKey> keys =
        auth_events_for(event.type(), event.state_key(), event.sender(), event.content(), version_);
    if (version_.room_id_is_create_hash) keys.emplace_back("m.room.create", "");
    JudgedAgainst state;
    for (const StateKey& key : keys) {
      const auto entry = resolved_.find(key);
      if (entry != resolved_.end()) {
        KURAMORI_TRY(resolved, graph_.event(entry->second));
        state.add(std::move(resolved));
        continue;
      }
      KURAMORI_TRY(cited, cited_unless_rejected(event, key));
      if (cited != nullptr) state.add(std::move(cited));
    }
    return state;
  }

  Result<EventPtr> cited_unless_rejected(const Event& event, const StateKey& key) {
    const bool implied = version_.room_id_is_create_hash && key.first == "m.room.create";
    if (implied && event.is_state("m.room.create")) return EventPtr();
    KURAMORI_TRY(cited, implied ? graph_.creation(event) : graph_.cited(event, key.first, key.second));
    if (cited != nullptr && is_rejected_ && is_rejected_(cited->id())) return EventPtr();
    return cited;
  }

  const RoomVersion& version_;
  AuthGraph& graph_;
  const RejectedTest& is_rejected_;
  StateMap resolved_;
};

// Step 1: the power events, and what of their auth chains is conflicted too.
Result<EventIds> select_power_events(const EventIds& conflicted, AuthGraph& graph) {
  EventIds power;
  for (const EventId& id : conflicted) {
    KURAMORI_TRY(event, graph.event(id));
    if (is_power_event(*event)) power.insert(id);
  }
  KURAMORI_TRY(chain, graph.chain(power));
  for (const EventId& id : chain) {
    if (conflicted.contains(id)) power.insert(id);
  }
  return power;
}

}  // namespace

Result<StateMap> resolve(std::span<const StateMap> states, const RoomVersion& version,
                         const EventSource& events, const RejectedTest& is_rejected) {
  AuthGraph graph(events, version);
  KURAMORI_TRY(conflict, detail::find_conflict(states, version, graph));
  if (conflict.full_conflicted_set.empty()) return std::move(conflict.agreed);

  // Version 2.1 starts from nothing, so that an old state cannot be revived by what was once agreed.
  StateMap start = version.resolution_v2_1 ? StateMap() : conflict.agreed;
  Resolution resolution(std::move(start), version, graph, is_rejected);
  KURAMORI_TRY(power, select_power_events(conflict.full_conflicted_set, graph));
  KURAMORI_TRY(power_order, detail::reverse_topological_power_order(power, graph));
  KURAMORI_CHECK(resolution.apply(power_order));

  EventIds remaining;
  for (const EventId& id : conflict.full_conflicted_set) {
    if (!power.contains(id)) remaining.insert(id);
  }
  KURAMORI_TRY(levels, resolution.power_levels());
  KURAMORI_TRY(remaining_order, detail::mainline_order(remaining, levels, graph));
  KURAMORI_CHECK(resolution.apply(remaining_order));
  return std::move(resolution).finish(std::move(conflict.agreed));
}

}  // namespace kuramori::matrix
