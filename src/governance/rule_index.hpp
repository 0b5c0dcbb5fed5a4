// Which of many rules may match an act: each rule lies under the cheapest condition that it cannot do without
// (its room, its department, a label, a detector, …), and an act looks only under what it fulfils.
//
//   const RuleIndex index(rules, labels, 700);
//   index.candidates(evaluation, places);      // in rising order, each once; whoever is not among them does
//   not match
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
  // As globs compare: letters of ASCII without regard to case.
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const;
  };
  struct NameEqual {
    using is_transparent = void;
    bool operator()(std::string_view one, std::string_view other) const;
  };
  using ByName = std::unordered_map<std::string, Places, NameHash, NameEqual>;
  // Rules that share a condition, which is asked once for all of them.
  struct Shared {
    Condition condition;
    Places places;
  };

  static void take(const ByName& names, std::string_view name, Places& places);
  void take_departments(const Evaluation& evaluation, Places& places) const;
  void take_findings(const Evaluation& evaluation, Places& places) const;

  Places always_;
  ByName rooms_;
  ByName resource_users_;
  ByName resource_names_;
  ByName event_types_;
  ByName users_;
  ByName devices_;
  std::unordered_map<std::string, Places, NameHash, NameEqual> roles_;
  ByName departments_;
  std::vector<Places> by_source_;  // of findings and keywords
  std::vector<Shared> shared_;
};

}  // namespace kuramori::governance
