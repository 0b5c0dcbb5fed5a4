// The two orders in which state resolution judges events. Private to the module.
#pragma once
#include <vector>

#include "matrix/auth_graph.hpp"

namespace kuramori::matrix::detail {

Result<std::vector<EventPtr>> reverse_topological_power_order(const EventIds& ids, AuthGraph& graph);
// `levels` is P₀ of the mainline; null when the room has no power levels.
Result<std::vector<EventPtr>> mainline_order(const EventIds& ids, const EventPtr& levels, AuthGraph& graph);

}  // namespace kuramori::matrix::detail
