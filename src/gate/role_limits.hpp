// What each role may ask for at all, before any policy: closed unless it is listed.
#pragma once
#include "gate/action.hpp"
#include "gate/refusal.hpp"

namespace kuramori::gate {

bool role_may(Role role, Operation operation);
// The refusal's rule ("role.guest") and explanation.
std::string role_rule(Role role);
Localised role_explanation(Role role);

}  // namespace kuramori::gate
