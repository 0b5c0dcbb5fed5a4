// What one decision costs under a policy of 10,000 rules.
#pragma once

namespace kuramori::bench {

// Prints the median of one decision, with the index and by asking every rule, and decisions a second of both
// cores together. False when the policy does not compile or the two decide differently.
bool measure_decisions();

}  // namespace kuramori::bench
