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
#include <vector>

#include "governance/condition.hpp"
#include "governance/policy_document.hpp"
#include "governance/posting_table.hpp"

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
  using Postings = std::vector<Posting>;
  static constexpr std::size_t kGuardsMax = 64;
  // Rules that share a condition, which is asked once for all of them.
  struct Shared {
    Condition condition;
    Postings postings;
  };
  // What is known of the guards during one act, and where the places go.
  class Taking;

  void take_departments(Taking& taking) const;
  void take_findings(const Evaluation& evaluation, Places& places) const;

  std::vector<Condition> guards_;
  Postings always_;
  PostingTable by_name_;              // of rooms, people, devices, roles, departments, types of events
  std::uint32_t kinds_of_names_ = 0;  // bits: of which kinds there are any
  std::vector<std::pair<std::string, Postings>>
      departments_;                // for those who cannot list where somebody works
  std::vector<Places> by_source_;  // of findings and keywords
  std::vector<Shared> shared_;
};

}  // namespace kuramori::governance
