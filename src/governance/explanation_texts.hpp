// The words that a person reads when a rule refuses, warns or masks.
//
// Texts may hold {rule} (the rule's id), {description} and {findings} (what was found, named in the text's
// language).
#pragma once
#include <vector>

#include "governance/policy_document.hpp"

namespace kuramori::governance {

// Fills the languages that the document leaves out: what happened, by which rule, and what can be done.
void complete_explanation(Rule& rule);
bool looks_at_content(const Condition& condition);
// What a detector or dictionary without names is called.
void complete_names(Explanation& names, const std::string& description);

// The texts of `rule` with its placeholders replaced.
Explanation explain(const Rule& rule, const std::vector<const Explanation*>& found);

// Whether the rule asks that files are shown and not given out: {"view_only": true}.
bool shows_only(const Rule& rule);
// Of a file that a rule shows page by page and does not give out.
Explanation view_only_explanation(std::string_view rule);

// Of a policy that refuses what no rule allows.
Explanation unmatched_explanation();

}  // namespace kuramori::governance
