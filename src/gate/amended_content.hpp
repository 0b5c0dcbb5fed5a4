// The content of an event as it goes on, when it is not what came: masked, labelled, marked.
#pragma once
#include <cstdint>

#include "gate/action.hpp"
#include "governance/obligations.hpp"
#include "governance/surroundings.hpp"

namespace kuramori::gate {

// What the server writes into content that an event carries.
struct Amendment {
  std::uint32_t hops = 0;   // how many rooms it went through
  bool no_forward = false;  // it is not passed on
};
Amendment amendment_of(const Action& action, const governance::Duties& duties,
                       const governance::Surroundings& around);

bool needs_amendment(const Action& action, const governance::Decision& decision, const Amendment& amendment);
// Takes the masked content out of the decision.
json::Object amended(const Action& action, governance::Decision& decision, const Amendment& amendment);

}  // namespace kuramori::gate
