#include "sync/push_rules.hpp"

#include <mutex>
#include <unordered_map>

#include "sync/changes.hpp"

namespace kuramori::sync {

using runtime::Task;
using RuleSet = std::shared_ptr<const matrix::PushRuleSet>;

namespace {
constexpr std::string_view kType = "m.push_rules";
}

struct PushRules::State {
  AccountData& account_data;
  std::size_t cached_max;
  mutable std::mutex mutex;
  std::unordered_map<UserId, RuleSet> cached;
  std::uint64_t generation = 0;  // moves with every change, so that what was read before it is not kept
};

PushRules::PushRules(AccountData& account_data, std::size_t cached_max)
    : state_(new State{account_data, cached_max, {}, {}, 0}) {}
PushRules::~PushRules() = default;

RuleSet PushRules::cached(const UserId& user) const {
  const std::scoped_lock lock(state_->mutex);
  const auto it = state_->cached.find(user);
  return it == state_->cached.end() ? nullptr : it->second;
}

Task<Result<RuleSet>> PushRules::of(UserId user) {
  if (RuleSet rules = cached(user)) co_return rules;
  std::uint64_t generation = 0;
  {
    const std::scoped_lock lock(state_->mutex);
    generation = state_->generation;
  }
  auto stored = co_await state_->account_data.find(user, RoomId(), std::string(kType));
  if (!stored) co_return std::move(stored).error();
  RuleSet rules = matrix::PushRuleSet::defaults(user);
  if (*stored) {
    auto parsed = matrix::PushRuleSet::parse(user, **stored);
    if (!parsed) co_return std::move(parsed).error();
    rules = *std::move(parsed);
  }
  const std::scoped_lock lock(state_->mutex);
  if (generation == state_->generation) {
    if (state_->cached.size() >= state_->cached_max) state_->cached.erase(state_->cached.begin());
    state_->cached[user] = rules;
  }
  co_return rules;
}

Task<Result<void>> PushRules::change(gate::Permit permit, UserId user, RuleChange change) {
  permit.require(gate::Operation::PushRulesSet);
  AccountData::Change step =
      [user, change = std::move(change)](const json::Object& content) -> Result<std::optional<json::Object>> {
    KURAMORI_TRY(rules, content.empty() ? Result<RuleSet>(matrix::PushRuleSet::defaults(user))
                                        : matrix::PushRuleSet::parse(user, content));
    KURAMORI_TRY(changed, change(*rules));
    return std::optional<json::Object>(changed->to_json());
  };
  auto changed = co_await state_->account_data.change(std::move(permit), user, RoomId(), std::string(kType),
                                                      std::move(step));
  co_return changed;
}

void PushRules::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* data = dynamic_cast<const AccountDataChanged*>(change.payload.get());
    if (data == nullptr || data->type != kType || !data->room.empty()) continue;
    const std::scoped_lock lock(state_->mutex);
    state_->cached.erase(data->user);
    ++state_->generation;
  }
}

}  // namespace kuramori::sync
