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

struct BoundData;
struct CompanyData;
struct RuleIndexes;

// The enabled rules that name an operation, in document order.
struct RuleSelection {
  std::vector<std::uint32_t> rules;     // those that set labels first
  std::vector<std::uint32_t> counters;  // that count the operation
  bool masks = false;                   // one of the rules may mask
  bool asks_room = false;               // a condition looks at who is in the room, its label or its class
  bool asks_place = false;              // of these: where it stands among rooms, whatever is said there
  bool asks_time = false;               // a condition looks at the clock, to the minute
  bool asks_past = false;               // a condition looks at a counter
  bool names_rooms = false;             // a rule is about rooms by their id
  bool is_closed = false;               // what no rule allows is refused
  bool checks_numbers = false;          // a number with a checksum is looked for in content
  // Made by `index`: the same decisions, faster where there are many rules. Absent: every rule is asked.
  std::shared_ptr<const RuleIndexes> index = {};
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

  // The same policy with other tables and documents for its detectors to look into. Without this, it has
  // none, and what they would inspect is refused as an error.
  std::shared_ptr<const CompiledPolicy> with(std::shared_ptr<const CompanyData> data) const;
  const std::shared_ptr<const CompanyData>& company_data() const { return company_data_; }  // never null

  std::int64_t version() const;
  const PolicyDocument& document() const;

  RuleSelection rules_for(std::string_view operation) const;
  std::shared_ptr<const RuleIndexes> index(const RuleSelection& rules) const;
  // Thread-safe. An error (memory exhausted) must be treated as a refusal by the caller.
  Result<Decision> evaluate(const RuleSelection& rules, const Question& question) const;
  Result<Decision> evaluate(const Question& question) const {
    return evaluate(rules_for(question.operation), question);
  }
  // What the rules say of the number that `text` completes, the end of earlier messages and the beginning of
  // this one with a line end at `joint` between them. Allow, unless there is one; what would mask it refuses,
  // since what was sent before cannot be masked any more. `question` is about the message itself.
  Result<Decision> evaluate_joined(const RuleSelection& rules, const Question& question,
                                   std::string_view text, std::size_t joint) const;
  // Whether there may be anything to ask evaluate_joined() about.
  bool may_end_checked_number(std::string_view text) const;
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
  explicit CompiledPolicy(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
  std::shared_ptr<const CompanyData> company_data_;
  std::unique_ptr<const BoundData> data_;
};

}  // namespace kuramori::governance
