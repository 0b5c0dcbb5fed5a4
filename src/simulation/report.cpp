#include "simulation/report.hpp"

namespace kuramori::simulation {
namespace {

using governance::Effect;

json::Object verdict_to_json(const Verdict& verdict) {
  json::Object object{{"effect", governance::to_string(verdict.effect)}};
  if (!verdict.rule.empty()) object["rule"] = verdict.rule;
  return object;
}

// Which rule allowed something makes no difference to anybody.
bool is_change(const Verdict& was, const Verdict& draft) {
  return was.effect != draft.effect || (was.effect != Effect::Allow && was.rule != draft.rule);
}

std::int64_t characters_of(std::string_view text) {
  std::int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string name_of_obligation(const json::Value& obligation) {
  if (obligation.is_string()) return std::string(json::view(obligation.get_string()));
  if (!obligation.is_object() || obligation.get_object().empty()) return {};
  const auto key = obligation.get_object().begin()->key();
  return {key.data(), key.size()};
}

// How much there is and what the draft's detectors found in it; never the text.
json::Object shape_of(const Act& act, const governance::Decision& draft) {
  json::Object shape;
  if (const std::string_view kind = json::string_or(*act.content, "msgtype", ""); !kind.empty())
    shape["msgtype"] = kind;
  shape["characters"] = characters_of(json::string_or(*act.content, "body", ""));
  json::Array findings;
  for (const governance::Finding& finding : draft.findings)
    findings.emplace_back(json::Object{{"source", finding.source}, {"count", finding.count}});
  shape["findings"] = std::move(findings);
  return shape;
}

}  // namespace

void Report::add(const Act& act, const governance::Decision& draft) {
  ++examined_;
  if (act.lacks_content) ++without_content_;
  count_duties(draft);
  const Kind kind{act.operation, act.was, {draft.effect, draft.rule}};
  const auto found = kinds_.find(kind);
  std::int64_t seen = 0;
  if (found != kinds_.end()) {
    seen = ++found->second;
  } else if (kinds_.size() < kKindsMax) {
    kinds_.emplace(kind, seen = 1);
  } else {
    ++other_kinds_;
  }
  if (!is_change(kind.was, kind.draft)) return;
  ++changed_;
  const bool is_told = seen > 0 && seen <= static_cast<std::int64_t>(kExamplesOfKind);
  if (is_told && examples_.size() < kExamplesMax) examples_.push_back(example_of(act, kind, draft));
}

void Report::count_duties(const governance::Decision& draft) {
  for (std::size_t i = 0; i < draft.obligations.size() && i < draft.obliging_rules.size(); ++i) {
    const Duty duty{draft.obliging_rules[i], name_of_obligation(draft.obligations[i])};
    const auto found = duties_.find(duty);
    if (found != duties_.end()) {
      ++found->second;
    } else if (duties_.size() < kKindsMax) {
      duties_.emplace(duty, 1);
    }
  }
}

json::Object Report::example_of(const Act& act, const Kind& kind, const governance::Decision& draft) const {
  json::Object example{{"entry", static_cast<std::int64_t>(act.index)},
                       {"time", to_rfc3339(act.time)},
                       {"operation", gate::to_string(act.operation)},
                       {"sender", act.who.user.view()},
                       {"was", verdict_to_json(kind.was)},
                       {"draft", verdict_to_json(kind.draft)}};
  if (!act.event.empty()) example["event_id"] = act.event.view();
  if (!act.resource.room.empty()) example["room"] = act.resource.room.view();
  json::Array rules;
  for (const std::string& rule : draft.matched_rules) rules.emplace_back(rule);
  example["rules"] = std::move(rules);
  if (!draft.obligations.empty()) example["obligations"] = draft.obligations;
  if (draft.effect != Effect::Allow)
    example["explanation"] = json::Object{{"en", draft.explanation.en},
                                          {"zh-Hans", draft.explanation.zh_hans},
                                          {"zh-Hant", draft.explanation.zh_hant},
                                          {"ja", draft.explanation.ja}};
  if (act.content) example["content"] = shape_of(act, draft);
  return example;
}

json::Object Report::to_json() const {
  json::Array counts;
  for (const auto& [kind, acts] : kinds_) {
    counts.emplace_back(json::Object{{"operation", gate::to_string(kind.operation)},
                                     {"was", verdict_to_json(kind.was)},
                                     {"draft", verdict_to_json(kind.draft)},
                                     {"changed", is_change(kind.was, kind.draft)},
                                     {"acts", acts}});
  }
  json::Object report{{"examined", examined_},
                      {"changed", changed_},
                      {"without_content", without_content_},
                      {"failed", failed_},
                      {"other_kinds", other_kinds_},
                      {"left_out", json::Object{{"by_the_system", left_out.by_the_system},
                                                {"by_unknown", left_out.by_unknown},
                                                {"not_by_policy", left_out.not_by_policy}}}};
  report["counts"] = std::move(counts);
  json::Array obligations;
  for (const auto& [duty, acts] : duties_)
    obligations.emplace_back(
        json::Object{{"rule", duty.rule}, {"obligation", duty.obligation}, {"acts", acts}});
  report["obligations"] = std::move(obligations);
  report["examples"] = json::Array(examples_.begin(), examples_.end());
  report["assumptions"] = json::Array{
      "The facts of people, roles, rooms and links are those of today, and so are the labels of where "
      "content comes from; what was passed on counts as such.",
      "Contents are as they lie in the rooms now: what was masked then stays masked, and what "
      "was refused, held "
      "or redacted has none, so that conditions on content do not hold for it.",
      "Nobody confirms and nothing is approved: a rule that warns or holds counts as such. Files "
      "are not opened "
      "again.",
      "Counters begin at zero with the first act that was looked at."};
  return report;
}

}  // namespace kuramori::simulation
