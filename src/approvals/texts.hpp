// What approvals say to people, in the four languages of the product.
#pragma once
#include "approvals/request.hpp"
#include "gate/refusal.hpp"

namespace kuramori::approvals {

// To who sent something that is held: the answer to the request.
gate::Localised held_text(const Request& request);

// To who is asked. `room` and `requester` are names for people; `excerpt` is what is to be sent, masked.
struct Question {
  std::string requester = {};
  std::string room = {};
  std::string excerpt = {};
};
gate::Localised question_text(const Request& request, const Question& question);

// To the requester, of what became of it; `by` names who decided last.
gate::Localised asked_text(const Request& request, const std::string& asked);
gate::Localised outcome_text(const Request& request);
// To one who answered although it was not his to answer, or too late.
gate::Localised not_taken_text(const Error& error);

// All four, one after another: which language an account reads is known of its sessions alone.
std::string in_all_languages(const gate::Localised& text);

}  // namespace kuramori::approvals
