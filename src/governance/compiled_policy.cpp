#include "governance/compiled_policy.hpp"

#include <algorithm>
#include <optional>

#include "base/assert.hpp"
#include "governance/explanation_texts.hpp"
#include "governance/inspection.hpp"
#include "governance/rule_index.hpp"

namespace kuramori::governance {

namespace {

bool names_operation(const std::vector<std::string>& operations, std::string_view operation) {
  return std::ranges::any_of(operations, [&](const std::string& name) {
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

bool asks_any(const Condition& condition, std::initializer_list<Condition::Kind> kinds) {
  return std::ranges::find(kinds, condition.kind) != kinds.end() ||
         std::ranges::any_of(condition.children, [&](const auto& child) { return asks_any(child, kinds); });
}

// What the rule looks at, added to what the others do.
void add_questions(const Rule& rule, RuleSelection& selection) {
  using Kind = Condition::Kind;
  selection.names_rooms = selection.names_rooms || !rule.resource.rooms.empty();
  if (!rule.when) return;
  const bool asks_place = asks_any(*rule.when, {Kind::Destination, Kind::RoomClass});
  selection.asks_place = selection.asks_place || asks_place;
  selection.asks_room = selection.asks_room || asks_place ||
                        asks_any(*rule.when, {Kind::Label, Kind::Clearance, Kind::LabelLowered});
  selection.asks_time = selection.asks_time || asks_any(*rule.when, {Kind::Time});
  selection.asks_past = selection.asks_past || asks_any(*rule.when, {Kind::Counter});
}

constexpr int kMaskRounds = 8;

// Findings of one inspection, and what became of it.
class InspectedFindings : public FindingSource {
 public:
  std::uint32_t count(const Condition& leaf) override {
    const Inspection* found = inspected();
    return found == nullptr ? 0 : found->count({leaf.source, leaf.confidence});
  }
  bool near(const Condition& one, const Condition& other, std::int64_t characters) override {
    const Inspection* found = inspected();
    return found != nullptr &&
           found->near({one.source, one.confidence}, {other.source, other.confidence}, characters);
  }
  void found(std::vector<std::uint32_t>& sources) override {
    const Inspection* found = inspected();
    if (found == nullptr) return;
    const std::size_t before = sources.size();
    for (const Hit& hit : found->hits) {
      if (sources.size() == before || sources.back() != hit.source) sources.push_back(hit.source);
    }
    const auto fresh = sources.begin() + static_cast<std::ptrdiff_t>(before);
    std::sort(fresh, sources.end());
    sources.erase(std::unique(fresh, sources.end()), sources.end());
  }

  virtual const Inspection* inspection() const = 0;  // null: nobody asked
  virtual bool may_mask() const = 0;

 protected:
  virtual const Inspection* inspected() = 0;
};

// What was found already, in a text that is not the content.
class GivenInspection final : public InspectedFindings {
 public:
  explicit GivenInspection(Inspection inspection) : inspection_(std::move(inspection)) {}
  const Inspection* inspection() const override { return &inspection_; }
  bool may_mask() const override { return false; }

 private:
  const Inspection* inspected() override { return &inspection_; }
  Inspection inspection_;
};

// Inspects once, when a condition first asks.
class LazyInspection final : public InspectedFindings {
 public:
  LazyInspection(const Inspector& inspector, const BoundData& data, const json::Object* content, Masks masks)
      : inspector_(inspector), data_(data), content_(content), masks_(masks) {}

  const Inspection* inspection() const override { return inspection_ ? &*inspection_ : nullptr; }
  bool may_mask() const override { return true; }
  std::optional<Error>& failure() { return failure_; }

 private:
  const Inspection* inspected() override {
    if (content_ == nullptr) return nullptr;
    if (!inspection_) {
      inspection_.emplace();
      auto outcome = inspector_.inspect(*content_, masks_, data_);
      if (outcome) {
        *inspection_ = *std::move(outcome);
      } else {
        failure_.emplace(std::move(outcome).error());
      }
    }
    return &*inspection_;
  }

  const Inspector& inspector_;
  const BoundData& data_;
  const json::Object* content_;
  Masks masks_;
  std::optional<Inspection> inspection_;
  std::optional<Error> failure_;
};

}  // namespace

struct RuleIndexes {
  RuleIndex labelling;  // the rules of a selection that set labels, which come first
  RuleIndex others;
  std::size_t labelling_count = 0;
};

// A rule with what is asked of it often.
struct CompiledRule {
  const Rule* rule = nullptr;
  std::optional<LabelIndex> label;  // what content that it matches is labelled
};

struct CompiledPolicy::State {
  std::int64_t version = 0;
  PolicyDocument document;
  std::unique_ptr<Inspector> inspector;
  std::vector<CompiledRule> rules;
  std::vector<const Rule*> plain_rules;

  void collect_rules();
  LabelIndex first_label(const Question& question) const;
  // A decision is large: it is filled where it is needed.
  void decide(const RuleSelection& selection, const Question& question, InspectedFindings& findings,
              Decision& decision) const;
  void match(const RuleSelection& selection, Evaluation& evaluation,
             std::vector<std::uint32_t>& matched) const;
  void conclude(const std::vector<const Rule*>& matched, const Question& question,
                const InspectedFindings& findings, Decision& decision) const;
  void count(const RuleSelection& selection, const Evaluation& evaluation, Decision& decision) const;
};

CompiledPolicy::CompiledPolicy(std::shared_ptr<const State> state)
    : state_(std::move(state)),
      company_data_(std::make_shared<const CompanyData>()),
      data_(std::make_unique<const BoundData>()) {}
CompiledPolicy::~CompiledPolicy() = default;

Result<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::compile(PolicyDocument document,
                                                                      std::int64_t version) {
  auto state = std::make_unique<State>();
  state->version = version;
  KURAMORI_TRY(inspector, Inspector::compile(document));
  for (auto* list : {&document.rules, &document.derived}) {
    for (Rule& rule : *list) {
      if (rule.when) order_by_cost(*rule.when);
    }
  }
  for (CounterRule& counter : document.counters) {
    if (counter.when) order_by_cost(*counter.when);
  }
  state->inspector = std::move(inspector);
  state->document = std::move(document);
  state->collect_rules();
  return std::shared_ptr<const CompiledPolicy>(new CompiledPolicy(std::move(state)));
}

std::shared_ptr<const CompiledPolicy> CompiledPolicy::with(std::shared_ptr<const CompanyData> data) const {
  std::shared_ptr<CompiledPolicy> bound(new CompiledPolicy(state_));
  bound->data_ = std::make_unique<const BoundData>(state_->inspector->bind(*data));
  bound->company_data_ = std::move(data);
  return bound;
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

std::span<const Rule* const> CompiledPolicy::rules() const {
  return state_->plain_rules;
}

void CompiledPolicy::State::collect_rules() {
  const auto label_set_by = [&](const Rule& rule) -> std::optional<LabelIndex> {
    for (const json::Value& obligation : rule.obligations) {
      if (!obligation.is_object()) continue;
      const json::Value* label = json::find(obligation.get_object(), "label");
      if (label != nullptr && label->is_string())
        return document.labels.find(json::view(label->get_string()));
    }
    return std::nullopt;
  };
  for (const auto* list : {&document.rules, &document.derived}) {
    for (const Rule& rule : *list) {
      rules.push_back({&rule, label_set_by(rule)});
      plain_rules.push_back(&rule);
    }
  }
}

RuleSelection CompiledPolicy::rules_for(std::string_view operation) const {
  RuleSelection selection;
  for (const bool labelling : {true, false}) {
    for (std::uint32_t i = 0; i < state_->rules.size(); ++i) {
      const Rule& rule = *state_->rules[i].rule;
      if (state_->rules[i].label.has_value() != labelling || !rule.enabled) continue;
      if (!names_operation(rule.operations, operation)) continue;
      selection.rules.push_back(i);
      selection.masks = selection.masks || rule.effect == Effect::Mask;
      selection.checks_numbers = selection.checks_numbers || (rule.when && looks_at_content(*rule.when));
      add_questions(rule, selection);
    }
  }
  for (std::uint32_t i = 0; i < state_->document.counters.size(); ++i) {
    if (names_operation(state_->document.counters[i].operations, operation)) selection.counters.push_back(i);
  }
  selection.checks_numbers = selection.checks_numbers && state_->document.joins_messages &&
                             state_->inspector->looks_for_checked_numbers();
  // Whoever closed everything can open it again, and the server itself goes on working.
  selection.is_closed = state_->document.unmatched == Effect::Refuse && operation != "admin.policy.swap";
  return selection;
}

LabelIndex CompiledPolicy::State::first_label(const Question& question) const {
  const LabelLattice& labels = document.labels;
  std::optional<LabelIndex> label;
  const auto take = [&](std::string_view id) {
    const auto found = id.empty() ? std::nullopt : labels.find(id);
    if (found) label = label ? labels.join(*label, *found) : *found;
  };
  if (question.content != nullptr) take(label_of(*question.content));
  if (question.file != nullptr) take(question.file->label);
  if (question.surroundings != nullptr && !question.resource.room.empty())
    take(question.surroundings->label(question.resource.room));
  if (question.surroundings != nullptr && question.content != nullptr)
    take(question.surroundings->origin(*question.content, question.resource.room).label);
  return label.value_or(labels.unlabelled());
}

void CompiledPolicy::State::conclude(const std::vector<const Rule*>& matched, const Question& question,
                                     const InspectedFindings& findings, Decision& decision) const {
  const Inspection* inspection = findings.inspection();
  const Rule* deciding = matched.front();
  for (const Rule* rule : matched) {
    decision.matched_rules.push_back(rule->id);
    if (rule->effect == Effect::Warn) decision.asking_rules.push_back(rule->id);
    if (rule->effect == Effect::Hold) decision.holding_rules.push_back(rule->id);
    if (rule->effect > deciding->effect) deciding = rule;
  }
  decision.effect = deciding->effect;
  decision.rule = deciding->id;
  const bool refuses = decision.effect == Effect::Refuse;
  bool masks = false;
  std::vector<std::uint32_t> mask_sources;
  for (const Rule* rule : matched) {
    if (refuses && rule->effect != Effect::Refuse) continue;
    decision.obligations.insert(decision.obligations.end(), rule->obligations.begin(),
                                rule->obligations.end());
    decision.obliging_rules.insert(decision.obliging_rules.end(), rule->obligations.size(), rule->id);
    if (rule->effect != Effect::Mask || !rule->when) continue;
    masks = true;
    content_sources(*rule->when, mask_sources);
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
    if (masks && findings.may_mask())
      decision.masked_content = mask(*question.content, *inspection, mask_sources);
  }
  if (decision.effect != Effect::Allow) decision.explanation = governance::explain(*deciding, named);
}

void CompiledPolicy::State::count(const RuleSelection& selection, const Evaluation& evaluation,
                                  Decision& decision) const {
  for (const std::uint32_t index : selection.counters) {
    const CounterRule& counter = document.counters[index];
    if (applies_to(counter.resource, evaluation.question.resource) &&
        (!counter.when || holds(*counter.when, evaluation))) {
      decision.counters.push_back(index);
    }
  }
}

Result<Decision> CompiledPolicy::evaluate(const RuleSelection& selection, const Question& question) const {
  Result<Decision> decision = evaluate_once(selection, question);
  // Taking something out can bring together what stood apart: what is left is looked at again.
  for (int round = 0; round < kMaskRounds && decision && decision->masked_content; ++round) {
    Question rest = question;
    rest.content = &*decision->masked_content;
    KURAMORI_TRY(again, evaluate_once(selection, rest));
    if (again.effect == Effect::Refuse) return again;
    if (!again.masked_content) return decision;
    decision->masked_content = std::move(again.masked_content);
  }
  // What cannot be masked does not pass.
  if (decision && decision->masked_content) {
    decision->effect = Effect::Refuse;
    decision->masked_content.reset();
  }
  return decision;
}

// Places in `rules` of those that match; labels rise as rules that set them do.
void CompiledPolicy::State::match(const RuleSelection& selection, Evaluation& evaluation,
                                  std::vector<std::uint32_t>& matched) const {
  const auto ask = [&](std::uint32_t index) {
    const CompiledRule& compiled = rules[index];
    if (!applies_to(compiled.rule->resource, evaluation.question.resource)) return;
    if (compiled.rule->when && !holds(*compiled.rule->when, evaluation)) return;
    matched.push_back(index);
    if (compiled.label) evaluation.label = document.labels.join(evaluation.label, *compiled.label);
  };
  if (selection.index == nullptr) {
    for (const std::uint32_t index : selection.rules) ask(index);
    return;
  }
  thread_local std::vector<std::uint32_t> candidates;
  candidates.clear();
  selection.index->labelling.candidates(evaluation, candidates);
  for (const std::uint32_t place : candidates) ask(selection.rules[place]);
  candidates.clear();
  selection.index->others.candidates(evaluation, candidates);
  for (const std::uint32_t place : candidates) ask(selection.rules[selection.index->labelling_count + place]);
}

void CompiledPolicy::State::decide(const RuleSelection& selection, const Question& question,
                                   InspectedFindings& findings, Decision& decision) const {
  const LabelLattice& labels = document.labels;
  Evaluation evaluation{question, findings, labels, first_label(question)};
  std::vector<std::uint32_t> indices;
  match(selection, evaluation, indices);
  std::ranges::sort(indices);
  std::vector<const Rule*> matched;
  matched.reserve(indices.size());
  for (const std::uint32_t index : indices) matched.push_back(rules[index].rule);
  if (!selection.counters.empty()) count(selection, evaluation, decision);
  if (!matched.empty()) conclude(matched, question, findings, decision);
  if (evaluation.label != labels.unlabelled()) decision.label = labels.id(evaluation.label);
  if (matched.empty() && selection.is_closed && question.subject.role != "system") {
    decision.effect = Effect::Refuse;
    decision.rule = "unmatched";
    decision.explanation = unmatched_explanation();
  }
}

Result<Decision> CompiledPolicy::evaluate_once(const RuleSelection& selection,
                                               const Question& question) const {
  Result<Decision> outcome{Decision()};
  if (selection.empty()) return outcome;
  LazyInspection findings(*state_->inspector, *data_, question.content,
                          selection.masks ? Masks::Yes : Masks::No);
  state_->decide(selection, question, findings, *outcome);
  // What could not be inspected is not known to be harmless.
  if (findings.failure()) outcome = *std::move(findings.failure());
  return outcome;
}

bool CompiledPolicy::may_end_checked_number(std::string_view text) const {
  return state_->inspector->may_end_checked_number(text);
}

Result<Decision> CompiledPolicy::evaluate_joined(const RuleSelection& selection, const Question& question,
                                                 std::string_view text, std::size_t joint) const {
  Inspection found = state_->inspector->inspect_joined(text, joint);
  if (found.hits.empty()) return Decision();
  GivenInspection findings(std::move(found));
  Decision decision;
  state_->decide(selection, question, findings, decision);
  decision.counters.clear();
  decision.label.clear();
  if (decision.effect == Effect::Refuse) return decision;
  for (const std::string& id : decision.matched_rules) {
    const auto rule = std::ranges::find(state_->plain_rules, id, [](const Rule* each) { return each->id; });
    if (rule == state_->plain_rules.end() || (*rule)->effect != Effect::Mask) continue;
    Rule refusing = **rule;
    refusing.effect = Effect::Refuse;
    refusing.explanation = {};
    complete_explanation(refusing);
    std::vector<const Explanation*> named;
    for (const Hit& hit : findings.inspection()->hits)
      named.push_back(&state_->inspector->display_name(hit.source));
    decision.effect = Effect::Refuse;
    decision.rule = refusing.id;
    decision.explanation = governance::explain(refusing, named);
    break;
  }
  return decision;
}

std::shared_ptr<const RuleIndexes> CompiledPolicy::index(const RuleSelection& selection) const {
  auto indexes = std::make_shared<RuleIndexes>();
  std::vector<const Rule*> labelling;
  std::vector<const Rule*> others;
  for (const std::uint32_t index : selection.rules) {
    const CompiledRule& compiled = state_->rules[index];
    (compiled.label ? labelling : others).push_back(compiled.rule);
  }
  indexes->labelling = RuleIndex(labelling, RuleIndex::Label::IsBeingSet);
  indexes->others = RuleIndex(others, RuleIndex::Label::IsKnown);
  indexes->labelling_count = labelling.size();
  return indexes;
}

Result<std::vector<RuleTrace>> CompiledPolicy::explain(const Question& question) const {
  const RuleSelection selection = rules_for(question.operation);
  LazyInspection findings(*state_->inspector, *data_, question.content, Masks::No);
  const LabelLattice& labels = state_->document.labels;
  Evaluation evaluation{question, findings, labels, state_->first_label(question)};
  std::vector<RuleTrace> traces;
  for (const std::uint32_t index : selection.rules) {
    const CompiledRule& compiled = state_->rules[index];
    RuleTrace trace{.rule = compiled.rule,
                    .applies = applies_to(compiled.rule->resource, question.resource),
                    .holds = false,
                    .condition = std::nullopt};
    if (trace.applies) {
      if (compiled.rule->when) trace.condition = governance::trace(*compiled.rule->when, evaluation);
      trace.holds = !trace.condition || trace.condition->holds;
      if (trace.holds && compiled.label) evaluation.label = labels.join(evaluation.label, *compiled.label);
    }
    traces.push_back(std::move(trace));
  }
  if (findings.failure()) return *std::move(findings.failure());
  return traces;
}

std::optional<Explanation> CompiledPolicy::explanation_of(std::string_view id,
                                                          std::span<const Finding> findings) const {
  if (id == "unmatched") return unmatched_explanation();
  const auto found = std::ranges::find(state_->plain_rules, id, &Rule::id);
  if (found == state_->plain_rules.end()) return std::nullopt;
  std::vector<std::uint32_t> relevant;
  if ((*found)->when) content_sources(*(*found)->when, relevant);
  std::vector<const Explanation*> named;
  for (const std::uint32_t source : relevant) {
    const auto names_it = [&](const Finding& finding) {
      return finding.source == state_->inspector->name(source);
    };
    if (std::ranges::any_of(findings, names_it)) named.push_back(&state_->inspector->display_name(source));
  }
  return governance::explain(**found, named);
}

}  // namespace kuramori::governance
