// Rules that follow from what is easier to write than rules: how labels are handled, and the tri-colour
// matrix.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "governance/policy_document.hpp"

namespace kuramori::governance {

// "label.secret.reach", "label.secret.download", …
std::vector<Rule> label_rules(const LabelLattice& labels);
// "matrix.research.outside.red", …: a yellow cell holds, a red one refuses.
std::vector<Rule> matrix_rules(std::span<const MatrixRow> matrix, const LabelLattice& labels);

// sealed_rooms.encrypt: who may not make a room end-to-end encrypted; nothing when everybody may.
std::optional<Rule> sealed_rooms_rule(const SealedRooms& rooms);

// "payroll.encrypt" of a rule "payroll" with the obligation {"encrypt": true}: refuses what the rule matches
// in rooms without end-to-end encryption.
std::vector<Rule> encryption_rules(std::span<const Rule> rules);

// content.no_forward: what has the mark of that obligation is not passed on. Of every policy, since the mark
// stays when the rule goes.
Rule not_passed_on_rule();

}  // namespace kuramori::governance
