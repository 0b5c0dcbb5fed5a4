// What the gate itself adds to the words of a rule.
#pragma once
#include "gate/refusal.hpp"

namespace kuramori::gate {

// "… Send it again within a minute to confirm."
Localised with_question(Localised explanation);
// "… It was let through and recorded."
Localised with_notice(Localised explanation);
Localised brake_explanation();

// Of a rule that wants the password proved anew, within so many minutes.
Localised step_up_explanation(std::string_view rule, std::int64_t minutes);

}  // namespace kuramori::gate
