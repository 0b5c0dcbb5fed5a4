#include "e2ee/ports.hpp"

namespace kuramori::e2ee {

runtime::Task<Result<gate::Permit>> ask_again(gate::Gate& gate, gate::Action action) {
  auto admission = co_await gate.admit(std::move(action));
  if (auto* permit = std::get_if<gate::Permit>(&admission)) co_return std::move(*permit);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  co_return forbidden(std::get<gate::Refusal>(admission).message());
}

}  // namespace kuramori::e2ee
