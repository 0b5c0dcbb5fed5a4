// Which of many rules may match an act: each rule lies under the cheapest condition that it cannot do without
// (its room, its department, a label, a detector, …), and an act looks only under what it fulfils.
//
//   const RuleIndex index(rules, RuleIndex::Label::IsKnown);
//   index.candidates(evaluation, places);  // in rising order, each once; what is not among them does not
//   match
//
// Beside each place stand its guards: further conditions of the rule that many rules ask in the same words. A
// guard is asked once for an act, when the first rule needs it, and most rules are put aside without being
// looked at.
//
// What lies under a finding is looked at by the findings alone, and only rules that would have the content
// inspected in any case lie there: with the index and without it, the same content is inspected. Immutable
// and shared; `candidates` allocates nothing once its thread has seen as many candidates.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "governance/condition.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::governance {

class RuleIndex {
 public:
  // Labels: rules that set labels, among which the label of the content is not yet known.
  enum class Label : bool { IsKnown, IsBeingSet };

  RuleIndex() = default;
  RuleIndex(std::span<const Rule* const> rules, Label label);

  // Appends the places of `rules`.
  void candidates(const Evaluation& evaluation, std::vector<std::uint32_t>& places) const;
  // How many rules every act has to look at.
  std::size_t unconditional() const { return always_.size(); }

 private:
  friend class RuleIndexing;
  using Places = std::vector<std::uint32_t>;
  // A rule, and which guards (bits) must hold.
  struct Posting {
    std::uint64_t needs;
    std::uint32_t place;
  };
  using Postings = std::vector<Posting>;
  static constexpr std::size_t kGuardsMax = 64;
  // As globs compare: letters of ASCII without regard to case.
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const;
  };
  struct NameEqual {
    using is_transparent = void;
    bool operator()(std::string_view one, std::string_view other) const;
  };
  using ByName = std::unordered_map<std::string, Postings, NameHash, NameEqual>;
  // Rules that share a condition, which is asked once for all of them.
  struct Shared {
    Condition condition;
    Postings postings;
  };
  // What is known of the guards during one act, and where the places go.
  class Taking;

  static void take(const ByName& names, std::string_view name, Taking& taking);
  void take_departments(Taking& taking) const;
  void take_findings(const Evaluation& evaluation, Places& places) const;

  std::vector<Condition> guards_;
  Postings always_;
  ByName rooms_;
  ByName resource_users_;
  ByName resource_names_;
  ByName event_types_;
  ByName users_;
  ByName devices_;
  ByName roles_;
  ByName departments_;
  std::vector<Places> by_source_;  // of findings and keywords
  std::vector<Shared> shared_;
};

}  // namespace kuramori::governance
