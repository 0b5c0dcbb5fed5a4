#include "gate/recent_messages.hpp"

#include <algorithm>

#include "gate/action.hpp"
#include "gate/operations.hpp"

namespace kuramori::gate {

using governance::Decision;
using governance::Question;
using governance::RecentFragments;

namespace {

// What was written before and the beginning of a message.
struct JoinedText {
  std::string text;
  std::size_t joint = 0;  // where the message begins, but for the end of a line
};

// The same without ends of lines between messages: "A12" and "3456(3)".
JoinedText closed_up(const JoinedText& joined) {
  JoinedText closed;
  for (std::size_t i = 0; i < joined.text.size(); ++i) {
    if (i == joined.joint) closed.joint = closed.text.size();
    if (joined.text[i] != '\n' || i > joined.joint) closed.text.push_back(joined.text[i]);
  }
  return closed;
}

std::string_view text_of(const Question& question, const json::Object* content) {
  const bool is_message = question.operation == to_string(Operation::RoomSend) && content != nullptr;
  return is_message ? json::string_or(*content, "body", "") : std::string_view{};
}

RecentFragments::Time time_of(const Question& question) {
  return RecentFragments::Time(to_unix_ms(question.time));
}

void tighten(Decision& decision, Decision joined) {
  if (joined.effect <= decision.effect) return;
  joined.masked_content = std::move(decision.masked_content);
  joined.label = std::move(decision.label);
  joined.counters = std::move(decision.counters);
  for (const auto list : {&Decision::matched_rules, &Decision::asking_rules, &Decision::holding_rules}) {
    for (std::string& rule : decision.*list) {
      if (std::ranges::find(joined.*list, rule) == (joined.*list).end())
        (joined.*list).push_back(std::move(rule));
    }
  }
  decision = std::move(joined);
}

}  // namespace

Result<void> RecentMessages::look_back(const governance::CompiledPolicy& policy,
                                       const governance::RuleSelection& rules, const Question& question,
                                       Decision& decision) {
  const std::string_view body = text_of(question, question.content);
  if (!rules.checks_numbers || body.empty() || decision.effect == governance::Effect::Refuse) return {};
  if (!policy.may_end_checked_number(body)) return {};
  JoinedText joined;
  {
    Shard& shard = shard_of(question.subject.user);
    const std::scoped_lock lock(shard.mutex);
    joined.text =
        shard.fragments.joined(question.subject.user, question.resource.room, time_of(question), body);
  }
  if (joined.text.empty()) return {};
  joined.joint = joined.text.size() - RecentFragments::beginning(body).size() - 1;
  for (const JoinedText& one : {joined, closed_up(joined)}) {
    KURAMORI_TRY(said, policy.evaluate_joined(rules, question, one.text, one.joint));
    tighten(decision, std::move(said));
  }
  return {};
}

void RecentMessages::remember(const Question& question, const json::Object* content) {
  const std::string_view body = text_of(question, content);
  if (body.empty()) return;
  Shard& shard = shard_of(question.subject.user);
  const std::scoped_lock lock(shard.mutex);
  shard.fragments.remember(question.subject.user, question.resource.room, time_of(question), body);
}

}  // namespace kuramori::gate
