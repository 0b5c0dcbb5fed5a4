// The push rules of each user, parsed and cached; stored as account data m.push_rules (client-server API,
// module push).
#pragma once
#include <functional>
#include <memory>

#include "matrix/push_rules.hpp"
#include "sync/account_data.hpp"

namespace kuramori::sync {

// A step from one set of rules to the next; an error changes nothing.
using RuleChange =
    std::function<Result<std::shared_ptr<const matrix::PushRuleSet>>(const matrix::PushRuleSet&)>;

class PushRules final : public storage::StreamListener {
 public:
  PushRules(AccountData& account_data, std::size_t cached_max = 100'000);
  ~PushRules() override;

  std::shared_ptr<const matrix::PushRuleSet> cached(const UserId& user) const;
  runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> of(UserId user);
  // One change of one user at a time, so that none is lost.
  runtime::Task<Result<void>> change(gate::Permit permit, UserId user, RuleChange change);
  void committed(std::span<const Change> changes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sync
