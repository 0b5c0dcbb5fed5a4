// What approvals say about files that policy holds, in the four languages of the product.
#pragma once
#include "approvals/request.hpp"
#include "gate/refusal.hpp"

namespace kuramori::approvals {

gate::Localised file_question_text(const Request& request, const std::string& requester);
gate::Localised file_asked_text(const Request& request, const std::string& asked);
// `last` names who decided last, and why, joined by ": ".
gate::Localised file_outcome_text(const Request& request, const std::string& last);

}  // namespace kuramori::approvals
