// What a simulation asks others to provide.
#pragma once
#include <optional>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "gate/action.hpp"
#include "runtime/task.hpp"

namespace kuramori::simulation {

// The record does not say what role somebody had: today's counts.
class Roles {
 public:
  virtual ~Roles() = default;
  // Nothing for an account that there is not.
  virtual runtime::Task<Result<std::optional<gate::Role>>> role_of(UserId user) = 0;
};

}  // namespace kuramori::simulation
