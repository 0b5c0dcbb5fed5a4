// What of several states is agreed, and which events have to be judged anew. Private to the module.
#pragma once
#include <span>

#include "matrix/auth_graph.hpp"

namespace kuramori::matrix::detail {

struct Conflict {
  StateMap agreed;  // the unconflicted state map
  EventIds full_conflicted_set;
};

Result<Conflict> find_conflict(std::span<const StateMap> states, const RoomVersion& version,
                               AuthGraph& graph);

}  // namespace kuramori::matrix::detail
