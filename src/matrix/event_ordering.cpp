#include "matrix/event_ordering.hpp"

#include <algorithm>
#include <limits>

#include "matrix/power_levels.hpp"

namespace kuramori::matrix::detail {
namespace {

struct Ranked {
  EventPtr event;
  std::int64_t rank = 0;  // the greater comes first in both orders
};

struct Earlier {
  bool operator()(const Ranked& x, const Ranked& y) const {
    if (x.rank != y.rank) return x.rank > y.rank;
    if (x.event->origin_server_ts() != y.event->origin_server_ts()) {
      return x.event->origin_server_ts() < y.event->origin_server_ts();
    }
    return x.event->id() < y.event->id();
  }
};

// "when looking at their respective auth_events"
Result<std::int64_t> sender_level(const Event& event, AuthGraph& graph) {
  if (event.is_state("m.room.create")) return PowerLevels(&event, nullptr).of(event.sender());
  KURAMORI_TRY(create, graph.creation(event));
  KURAMORI_TRY(levels, graph.cited(event, "m.room.power_levels", ""));
  return PowerLevels(create.get(), levels.get()).of(event.sender());
}

// How far each power levels event is from the mainline, found along its own line of power levels.
class Mainline {
 public:
  explicit Mainline(AuthGraph& graph) : graph_(graph) {}

  Result<void> follow(EventPtr levels) {
    for (std::int64_t position = 0; levels != nullptr; ++position) {
      // Event IDs are hashes, so a line cannot return to itself; emplace failing would mean it did.
      if (!positions_.emplace(levels->id(), position).second) break;
      KURAMORI_TRY(next, graph_.cited(*levels, "m.room.power_levels", ""));
      levels = std::move(next);
    }
    return {};
  }

  Result<std::int64_t> position_of(const Event& event) {
    std::vector<EventId> passed;
    std::int64_t position = std::numeric_limits<std::int64_t>::max();  // ∞
    KURAMORI_TRY(levels, graph_.cited(event, "m.room.power_levels", ""));
    while (levels != nullptr) {
      const auto known = positions_.find(levels->id());
      if (known != positions_.end()) {
        position = known->second;
        break;
      }
      passed.push_back(levels->id());
      KURAMORI_TRY(next, graph_.cited(*levels, "m.room.power_levels", ""));
      levels = std::move(next);
    }
    for (const EventId& id : passed) positions_.emplace(id, position);
    return position;
  }

 private:
  AuthGraph& graph_;
  std::unordered_map<EventId, std::int64_t> positions_;
};

}  // namespace

// Kahn's algorithm; among the events whose auth events are all placed, the smallest comes next.
Result<std::vector<EventPtr>> reverse_topological_power_order(const EventIds& ids, AuthGraph& graph) {
  std::unordered_map<EventId, std::vector<EventId>> citing;
  std::unordered_map<EventId, std::size_t> waiting_for;
  std::unordered_map<EventId, Ranked> ranked;
  std::set<Ranked, Earlier> ready;
  for (const EventId& id : ids) {
    KURAMORI_TRY(event, graph.event(id));
    KURAMORI_TRY(level, sender_level(*event, graph));
    const std::vector<EventId> auth_events = event->auth_events();
    const EventIds cited(auth_events.begin(), auth_events.end());
    std::size_t waiting = 0;
    for (const EventId& auth : cited) {
      if (!ids.contains(auth)) continue;
      citing[auth].push_back(id);
      ++waiting;
    }
    const Ranked entry{.event = event, .rank = level};
    if (waiting == 0) ready.insert(entry);
    waiting_for.emplace(id, waiting);
    ranked.emplace(id, entry);
  }
  std::vector<EventPtr> order;
  order.reserve(ids.size());
  while (!ready.empty()) {
    const Ranked next = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(next.event);
    for (const EventId& id : citing[next.event->id()]) {
      if (--waiting_for[id] == 0) ready.insert(ranked[id]);
    }
  }
  if (order.size() != ids.size()) return internal_error("auth events of a room form a cycle");
  return order;
}

Result<std::vector<EventPtr>> mainline_order(const EventIds& ids, const EventPtr& levels, AuthGraph& graph) {
  Mainline mainline(graph);
  KURAMORI_CHECK(mainline.follow(levels));
  std::vector<Ranked> ranked;
  ranked.reserve(ids.size());
  for (const EventId& id : ids) {
    KURAMORI_TRY(event, graph.event(id));
    KURAMORI_TRY(position, mainline.position_of(*event));
    ranked.push_back({.event = std::move(event), .rank = position});
  }
  std::ranges::sort(ranked, Earlier());
  std::vector<EventPtr> order;
  order.reserve(ranked.size());
  for (Ranked& entry : ranked) order.push_back(std::move(entry.event));
  return order;
}

}  // namespace kuramori::matrix::detail
