#include "gate/showing.hpp"

#include "governance/explanation_texts.hpp"

namespace kuramori::gate {
namespace {

// Of the rules that matched, the first that shows files without giving them out.
std::string rule_that_shows(const governance::CompiledPolicy& policy, const governance::Decision& decision) {
  for (const governance::Rule* rule : policy.rules()) {
    const bool has_matched =
        std::ranges::find(decision.matched_rules, rule->id) != decision.matched_rules.end();
    if (has_matched && governance::shows_only(*rule)) return rule->id;
  }
  return decision.rule;
}

}  // namespace

std::optional<governance::FileFacts> file_asked_for(const Action& action, const ContentOrigins* origins) {
  const bool is_asked_for =
      action.operation == Operation::MediaDownload || action.operation == Operation::MediaView;
  if (!is_asked_for || action.file != nullptr || origins == nullptr) return std::nullopt;
  governance::FileFacts file;
  file.label = origins->label_of_file(action.resource.name);
  return file;
}

void keep_what_is_shown(const governance::CompiledPolicy& policy, governance::Decision& decision) {
  if (decision.effect >= governance::Effect::Hold || !is_view_only(decision.obligations)) return;
  decision.effect = governance::Effect::Refuse;
  decision.rule = rule_that_shows(policy, decision);
  decision.explanation = governance::view_only_explanation(decision.rule);
}

}  // namespace kuramori::gate
