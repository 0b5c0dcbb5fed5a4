// A policy as the gate asks it: the rules of each operation looked up once, and indexed where there are many.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <vector>

#include "gate/action.hpp"
#include "gate/operations.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::gate {

// A policy with its rules looked up once per operation: an operation without rules costs an array access.
struct PolicyInForce {
  std::shared_ptr<const governance::CompiledPolicy> policy;
  std::array<governance::RuleSelection, kOperations> rules;

  explicit PolicyInForce(std::shared_ptr<const governance::CompiledPolicy> p) : policy(std::move(p)) {
    for (std::size_t i = 0; i < kOperations; ++i) {
      rules[i] = policy->rules_for(to_string(static_cast<Operation>(i)));
      // Most operations share their rules with others, and so the index.
      if (rules[i].rules.size() < kIndexedFrom) continue;
      auto& index = indexes[rules[i].rules];
      if (index == nullptr) index = policy->index(rules[i]);
      rules[i].index = index;
    }
  }

 private:
  // Fewer are asked one after the other as fast.
  static constexpr std::size_t kIndexedFrom = 8;
  std::map<std::vector<std::uint32_t>, std::shared_ptr<const governance::RuleIndexes>> indexes;
};

}  // namespace kuramori::gate
