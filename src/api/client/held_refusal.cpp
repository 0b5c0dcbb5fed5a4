#include "api/client/held_refusal.hpp"

#include <utility>

namespace kuramori::api::client {
namespace {

thread_local std::optional<gate::Refusal> last_held;

}  // namespace

void note_held(std::optional<gate::Refusal> refusal) {
  last_held = std::move(refusal);
}

std::optional<gate::Refusal> take_held() {
  return std::exchange(last_held, std::nullopt);
}

}  // namespace kuramori::api::client
