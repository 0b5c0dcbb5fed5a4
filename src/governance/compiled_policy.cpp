#include "governance/compiled_policy.hpp"

#include <algorithm>
#include <optional>

#include "base/assert.hpp"
#include "governance/explanation_texts.hpp"
#include "governance/inspection.hpp"

namespace kuramori::governance {

namespace {

bool names_operation(const Rule& rule, std::string_view operation) {
  return std::ranges::any_of(rule.operations, [&](const std::string& name) {
    if (!name.ends_with('*')) return name == operation;
    return operation.starts_with(std::string_view(name).substr(0, name.size() - 1));
  });
}

bool applies_to(const ResourceMatcher& matcher, const ResourceAttributes& resource) {
  const auto passes = [](const std::vector<std::string>& globs, std::string_view text) {
    return globs.empty() || matches_any(globs, text);
  };
  return passes(matcher.rooms, resource.room) && passes(matcher.event_types, resource.event_type) &&
         passes(matcher.users, resource.user) && passes(matcher.names, resource.name);
}

void content_sources(const Condition& condition, std::vector<std::uint32_t>& sources) {
  if (condition.kind == Condition::Kind::Not) return;
  const bool leaf = condition.kind == Condition::Kind::Finding || condition.kind == Condition::Kind::Keyword;
  if (leaf && std::ranges::find(sources, condition.source) == sources.end())
    sources.push_back(condition.source);
  for (const Condition& child : condition.children) content_sources(child, sources);
}

constexpr int kMaskRounds = 8;

// Inspects once, when a condition first asks.
class LazyInspection final : public FindingSource {
 public:
  LazyInspection(const Inspector& inspector, const json::Object* content, Masks masks)
      : inspector_(inspector), content_(content), masks_(masks) {}

  std::uint32_t count(const Condition& leaf) override {
    const Inspection* found = inspected();
    return found == nullptr ? 0 : found->count({leaf.source, leaf.confidence});
  }
  bool near(const Condition& one, const Condition& other, std::int64_t characters) override {
    const Inspection* found = inspected();
    return found != nullptr &&
           found->near({one.source, one.confidence}, {other.source, other.confidence}, characters);
  }

  const Inspection* inspection() const { return inspection_ ? &*inspection_ : nullptr; }
  std::optional<Error>& failure() { return failure_; }

 private:
  const Inspection* inspected() {
    if (content_ == nullptr) return nullptr;
    if (!inspection_) {
      inspection_.emplace();
      auto outcome = inspector_.inspect(*content_, masks_);
      if (outcome) {
        *inspection_ = *std::move(outcome);
      } else {
        failure_.emplace(std::move(outcome).error());
      }
    }
    return &*inspection_;
  }

  const Inspector& inspector_;
  const json::Object* content_;
  Masks masks_;
  std::optional<Inspection> inspection_;
  std::optional<Error> failure_;
};

}  // namespace

struct CompiledPolicy::State {
  std::int64_t version = 0;
  PolicyDocument document;
  std::unique_ptr<Inspector> inspector;

  void conclude(const std::vector<const Rule*>& matched, const Question& question,
                const Inspection* inspection, Decision& decision) const;
};

CompiledPolicy::CompiledPolicy(std::unique_ptr<State> state) : state_(std::move(state)) {}
CompiledPolicy::~CompiledPolicy() = default;

Result<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::compile(PolicyDocument document,
                                                                      std::int64_t version) {
  auto state = std::make_unique<State>();
  state->version = version;
  KURAMORI_TRY(inspector, Inspector::compile(document));
  for (Rule& rule : document.rules) {
    if (rule.when) order_by_cost(*rule.when);
  }
  state->inspector = std::move(inspector);
  state->document = std::move(document);
  return std::shared_ptr<const CompiledPolicy>(new CompiledPolicy(std::move(state)));
}

std::shared_ptr<const CompiledPolicy> CompiledPolicy::permissive() {
  auto compiled = compile(PolicyDocument{.name = "permissive"}, 0);
  ensure(compiled.has_value(), "the empty policy does not compile");
  return *std::move(compiled);
}

std::int64_t CompiledPolicy::version() const {
  return state_->version;
}
const PolicyDocument& CompiledPolicy::document() const {
  return state_->document;
}

RuleSelection CompiledPolicy::rules_for(std::string_view operation) const {
  RuleSelection selection;
  for (std::uint32_t i = 0; i < state_->document.rules.size(); ++i) {
    const Rule& rule = state_->document.rules[i];
    if (!rule.enabled || !names_operation(rule, operation)) continue;
    selection.rules.push_back(i);
    selection.masks = selection.masks || rule.effect == Effect::Mask;
  }
  return selection;
}

void CompiledPolicy::State::conclude(const std::vector<const Rule*>& matched, const Question& question,
                                     const Inspection* inspection, Decision& decision) const {
  const Rule* deciding = matched.front();
  for (const Rule* rule : matched) {
    decision.matched_rules.push_back(rule->id);
    if (rule->effect > deciding->effect) deciding = rule;
  }
  decision.effect = deciding->effect;
  decision.rule = deciding->id;
  std::vector<std::uint32_t> mask_sources;
  for (const Rule* rule : matched) {
    if (rule->effect != decision.effect) continue;
    decision.obligations.insert(decision.obligations.end(), rule->obligations.begin(),
                                rule->obligations.end());
    if (rule->effect == Effect::Mask && rule->when) content_sources(*rule->when, mask_sources);
  }
  std::vector<std::uint32_t> relevant;
  if (deciding->when) content_sources(*deciding->when, relevant);
  std::vector<const Explanation*> named;
  if (inspection != nullptr) {
    for (std::uint32_t source = 0; source < inspection->counts.size(); ++source) {
      // What is believed less than any rule asks for is not among the hits.
      const std::uint32_t count = inspection->count({source, Confidence::Low});
      if (count == 0) continue;
      decision.findings.push_back({inspector->name(source), count});
      if (std::ranges::find(relevant, source) != relevant.end())
        named.push_back(&inspector->display_name(source));
    }
    if (decision.effect == Effect::Mask)
      decision.masked_content = mask(*question.content, *inspection, mask_sources);
  }
  if (decision.effect != Effect::Allow) decision.explanation = explain(*deciding, named);
}

Result<Decision> CompiledPolicy::evaluate(const RuleSelection& selection, const Question& question) const {
  KURAMORI_TRY(decision, evaluate_once(selection, question));
  // Taking something out can bring together what stood apart: what is left is looked at again.
  for (int round = 0; round < kMaskRounds && decision.effect == Effect::Mask; ++round) {
    Question rest = question;
    rest.content = &*decision.masked_content;
    KURAMORI_TRY(again, evaluate_once(selection, rest));
    if (again.effect == Effect::Refuse) return again;
    if (again.effect != Effect::Mask) return decision;
    decision.masked_content = std::move(again.masked_content);
  }
  // What cannot be masked does not pass.
  if (decision.effect == Effect::Mask) {
    decision.effect = Effect::Refuse;
    decision.masked_content.reset();
  }
  return decision;
}

Result<Decision> CompiledPolicy::evaluate_once(const RuleSelection& selection,
                                               const Question& question) const {
  Decision decision;
  if (selection.empty()) return decision;
  LazyInspection findings(*state_->inspector, question.content, selection.masks ? Masks::Yes : Masks::No);
  std::vector<const Rule*> matched;
  for (const std::uint32_t index : selection.rules) {
    const Rule& rule = state_->document.rules[index];
    if (!applies_to(rule.resource, question.resource)) continue;
    if (rule.when && !holds(*rule.when, question, findings)) continue;
    matched.push_back(&rule);
  }
  // What could not be inspected is not known to be harmless.
  if (findings.failure()) return *std::move(findings.failure());
  if (!matched.empty()) state_->conclude(matched, question, findings.inspection(), decision);
  return decision;
}

}  // namespace kuramori::governance
