// What a person answers to a question of ours, from any Matrix client: a reaction, or a reply in words. Pure;
// what comes in is whatever somebody's client sent.
#pragma once
#include <optional>

#include "approvals/request.hpp"

namespace kuramori::approvals {

struct Answer {
  EventId to = {};  // the question
  Verdict verdict = Verdict::Refuse;
  std::string reason = {};  // at most kReasonMax octets
};
constexpr std::size_t kReasonMax = 2000;

// Nothing for what is no answer: another reaction, other words, no reply.
std::optional<Answer> read_answer(std::string_view event_type, const json::Object& content);

}  // namespace kuramori::approvals
