// A policy ready to decide: conditions resolved, detectors and dictionaries compiled. Immutable, shared
// between threads, swapped whole. Compiling 10,000 terms takes about a second: do it on a worker.
//
//   auto policy = CompiledPolicy::compile(std::move(*parsed.document), 7);
//   RuleSelection rules = (*policy)->rules_for("room.send");      // once per operation and policy
//   Result<Decision> decision = (*policy)->evaluate(rules, question);
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "governance/decision.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::governance {

// The enabled rules that name an operation, in document order.
struct RuleSelection {
  std::vector<std::uint32_t> rules;     // those that set labels first
  std::vector<std::uint32_t> counters;  // that count the operation
  bool masks = false;                   // one of the rules may mask
  bool asks_room = false;               // a condition looks at who is in the room, its label or its class
  bool is_closed = false;               // what no rule allows is refused
  bool empty() const { return rules.empty() && counters.empty() && !is_closed; }
};

// What one rule thought of a question, for people.
struct RuleTrace {
  const Rule* rule;
  bool applies;  // by operation and resource
  bool holds;
  std::optional<TracedCondition> condition;  // of rules that apply and have one
};

class CompiledPolicy {
 public:
  static Result<std::shared_ptr<const CompiledPolicy>> compile(PolicyDocument document, std::int64_t version);
  // No rules: everything passes. Version 0. For tests of other modules and for tools.
  static std::shared_ptr<const CompiledPolicy> permissive();
  ~CompiledPolicy();
  CompiledPolicy(const CompiledPolicy&) = delete;
  CompiledPolicy& operator=(const CompiledPolicy&) = delete;

  std::int64_t version() const;
  const PolicyDocument& document() const;

  RuleSelection rules_for(std::string_view operation) const;
  // Thread-safe. An error (memory exhausted) must be treated as a refusal by the caller.
  Result<Decision> evaluate(const RuleSelection& rules, const Question& question) const;
  Result<Decision> evaluate(const Question& question) const {
    return evaluate(rules_for(question.operation), question);
  }
  // Why: every enabled rule that names the operation, with what each of its conditions came to.
  Result<std::vector<RuleTrace>> explain(const Question& question) const;
  // What a person is told of a decision of this policy afterwards: of the rule that decided and what was
  // found then. Nothing for a rule that there is not.
  std::optional<Explanation> explanation_of(std::string_view rule, std::span<const Finding> findings) const;
  // Rules as they count: those of the document and those derived from labels and matrix.
  std::span<const Rule* const> rules() const;

 private:
  Result<Decision> evaluate_once(const RuleSelection& rules, const Question& question) const;
  struct State;
  explicit CompiledPolicy(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::governance
