// Why a link is suspicious, in words for the person who sends or opens it.
#pragma once
#include "governance/decision.hpp"
#include "link_risk/assessment.hpp"

namespace kuramori::link_risk {

// One sentence, in the four languages of the product. Names the host, never the whole address.
governance::Explanation explain(const LinkFinding& finding, const Reason& reason);
// The sentences of all reasons that bear the verdict, and what to do.
governance::Explanation explain(const LinkFinding& finding);

}  // namespace kuramori::link_risk
