// An act as the policy is asked about it, and the policy's answer in the words of the gate.
#pragma once
#include "gate/action.hpp"
#include "gate/refusal.hpp"
#include "governance/decision.hpp"

namespace kuramori::gate {

// Borrows from the action and from what is around it.
governance::Question question_of(const Action& action, Timestamp now, const governance::Surroundings& around);
Localised localised(governance::Explanation texts);
// Detectors and counts, for the record.
json::Object findings_of(const governance::Decision& decision);

}  // namespace kuramori::gate
