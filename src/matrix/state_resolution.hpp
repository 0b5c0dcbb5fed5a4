// State resolution v2 (rooms/v2.md, versions 10 and 11) and v2.1 (rooms/v12.md).
#pragma once
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "matrix/authorisation.hpp"

namespace kuramori::matrix {

using StateMap = std::map<StateKey, EventId>;

// Gives any event of the room by id; null when unknown (then resolution fails, nothing is guessed).
using EventSource = std::function<EventPtr(const EventId&)>;

// The same result for any order of `states`.
Result<StateMap> resolve(std::span<const StateMap> states, const RoomVersion& version,
                         const EventSource& events, const RejectedTest& is_rejected);

}  // namespace kuramori::matrix
