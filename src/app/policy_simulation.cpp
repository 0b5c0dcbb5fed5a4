#include "app/policy_simulation.hpp"

namespace kuramori::app {

runtime::Task<Result<std::optional<gate::Role>>> RolesOfAccounts::role_of(UserId user) {
  auto finding = accounts_.find(std::move(user));
  const auto account = co_await std::move(finding);
  if (account) co_return std::optional(account->role);
  if (account.error().code() == ErrorCode::NotFound) co_return std::optional<gate::Role>();
  co_return account.error();
}

PolicySimulation::PolicySimulation(Node& node)
    : roles_(node.accounts),
      simulator_({.reader = node.organisation.store(),
                  .keys = node.organisation.keys(),
                  .gate = node.organisation.gate(),
                  .workers = node.organisation.workers(),
                  .organisation = &node.facts,
                  .links = &node.links.knowledge(),
                  .origins = &node.provenance.book(),
                  .roles = roles_,
                  .clock = node.environment.clock}) {}

}  // namespace kuramori::app
