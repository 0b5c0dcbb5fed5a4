#include "matrix/conflict.hpp"

#include <algorithm>

namespace kuramori::matrix::detail {
namespace {

bool agree(std::span<const StateMap> states, const StateKey& key, const EventId& id) {
  return std::ranges::all_of(states, [&](const StateMap& state) {
    const auto entry = state.find(key);
    return entry != state.end() && entry->second == id;
  });
}

struct Partition {
  StateMap agreed;
  EventIds conflicted;                  // the conflicted state set
  std::vector<EventIds> conflicted_of;  // by state
};

Partition partition(std::span<const StateMap> states) {
  Partition result;
  for (const StateMap& state : states) {
    EventIds& conflicted = result.conflicted_of.emplace_back();
    for (const auto& [key, id] : state) {
      if (result.agreed.contains(key)) continue;
      if (agree(states, key, id)) {
        result.agreed.emplace(key, id);
      } else {
        conflicted.insert(id);
        result.conflicted.insert(id);
      }
    }
  }
  return result;
}

// Every state's full chain contains the chain of what all agree on. So only the chains of conflicted events
// can differ, and of those only what the agreed state does not reach either.
Result<EventIds> auth_difference(const Partition& parts, AuthGraph& graph) {
  std::vector<EventIds> chains;
  EventIds all;
  for (const EventIds& conflicted : parts.conflicted_of) {
    KURAMORI_TRY(chain, graph.chain(conflicted));
    all.insert(chain.begin(), chain.end());
    chains.push_back(std::move(chain));
  }
  EventIds difference;
  for (const EventId& id : all) {
    const bool everywhere =
        std::ranges::all_of(chains, [&id](const EventIds& chain) { return chain.contains(id); });
    if (!everywhere) difference.insert(id);
  }
  EventIds agreed;
  for (const auto& [key, id] : parts.agreed) agreed.insert(id);
  KURAMORI_TRY(common, graph.found_in_chain(agreed, difference));
  for (const EventId& id : common) difference.erase(id);
  return difference;
}

// Version 12: what lies on a path of auth events between two conflicted events. An event is on one when a
// conflicted event reaches it, which the chain says, and it reaches a conflicted event, which is propagated
// back over the edges.
Result<EventIds> conflicted_subgraph(const EventIds& conflicted, AuthGraph& graph) {
  KURAMORI_TRY(chain, graph.chain(conflicted));
  std::unordered_map<EventId, std::vector<EventId>> citing;
  for (const EventId& id : chain) {
    KURAMORI_TRY(event, graph.event(id));
    for (const EventId& auth : event->auth_events()) citing[auth].push_back(id);
  }
  EventIds subgraph = conflicted;
  std::vector<EventId> pending(conflicted.begin(), conflicted.end());
  while (!pending.empty()) {
    const EventId id = std::move(pending.back());
    pending.pop_back();
    const auto above = citing.find(id);
    if (above == citing.end()) continue;
    for (const EventId& other : above->second) {
      if (subgraph.insert(other).second) pending.push_back(other);
    }
  }
  return subgraph;
}

}  // namespace

Result<Conflict> find_conflict(std::span<const StateMap> states, const RoomVersion& version,
                               AuthGraph& graph) {
  Partition parts = partition(states);
  Conflict conflict;
  if (parts.conflicted.empty()) {
    conflict.agreed = std::move(parts.agreed);
    return conflict;
  }
  KURAMORI_TRY(difference, auth_difference(parts, graph));
  conflict.full_conflicted_set = std::move(difference);
  conflict.full_conflicted_set.insert(parts.conflicted.begin(), parts.conflicted.end());
  if (version.resolution_v2_1) {
    KURAMORI_TRY(subgraph, conflicted_subgraph(parts.conflicted, graph));
    conflict.full_conflicted_set.insert(subgraph.begin(), subgraph.end());
  }
  conflict.agreed = std::move(parts.agreed);
  return conflict;
}

}  // namespace kuramori::matrix::detail
