#include "gate/permit.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::gate {

void Permit::require(Operation operation) const {
  ensure(operation_ == operation, "a permit for another operation");
}

void Permit::require_any(std::initializer_list<Operation> operations) const {
  ensure(std::ranges::find(operations, operation_) != operations.end(), "a permit for another operation");
}

}  // namespace kuramori::gate
