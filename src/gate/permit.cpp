#include "gate/permit.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::gate {

void Permit::Release::operator()(const Content* content) const noexcept {
  delete content;
}

Permit::Permit() : content_(new Content) {}

void Permit::require(Operation operation) const {
  ensure(content_->operation == operation, "a permit for another operation");
}

void Permit::require_any(std::initializer_list<Operation> operations) const {
  ensure(std::ranges::find(operations, content_->operation) != operations.end(),
         "a permit for another operation");
}

}  // namespace kuramori::gate
