// Simulations of drafts of the policy, over the services of one process.
#pragma once
#include "app/node.hpp"
#include "simulation/simulator.hpp"

namespace kuramori::app {

class RolesOfAccounts final : public simulation::Roles {
 public:
  explicit RolesOfAccounts(identity::Accounts& accounts) : accounts_(accounts) {}
  runtime::Task<Result<std::optional<gate::Role>>> role_of(UserId user) override;

 private:
  identity::Accounts& accounts_;
};

class PolicySimulation {
 public:
  explicit PolicySimulation(Node& node);
  simulation::Simulator& simulator() { return simulator_; }

 private:
  RolesOfAccounts roles_;
  simulation::Simulator simulator_;
};

}  // namespace kuramori::app
