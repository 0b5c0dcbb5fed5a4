// What a policy document says that cannot be meant: rules that never match, that contradict another, or that
// another leaves nothing to decide. Each with an act that shows it. Pure; a document with remarks is still
// good.
//
//   for (const Remark& remark : review(document, {.units = units})) print(remark.rule, remark.message,
//   remark.example);
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "governance/policy_document.hpp"

namespace kuramori::governance {

struct Remark {
  enum class Kind : std::uint8_t { NeverMatches, Contradicts, Shadowed, UnknownReference };
  Kind kind;
  std::string rule;
  std::string other;    // the rule that it contradicts or that shadows it; empty otherwise
  std::string message;  // a sentence
  std::string example;  // an act, in words: "room.send by role member to destination outside"
};
std::string_view to_string(Remark::Kind kind);

struct ReviewOptions {
  // Whether the organisation has such a unit; absent: nobody knows.
  std::function<bool(std::string_view unit)> has_unit = {};
  std::size_t remarks_max = 200;
  std::size_t compared_rules_max = 2'000;  // pairs are looked at among so many
};

// In document order.
std::vector<Remark> review(const PolicyDocument& document, const ReviewOptions& options = {});

// A condition in words: "all(role member, destination outside)".
std::string describe(const Condition& condition, const LabelLattice& labels);

}  // namespace kuramori::governance
