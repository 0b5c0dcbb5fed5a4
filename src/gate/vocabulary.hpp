// The names that a policy may use, for governance::parse_policy.
#pragma once
#include "governance/policy_document.hpp"

namespace kuramori::gate {

governance::Vocabulary policy_vocabulary();

}  // namespace kuramori::gate
