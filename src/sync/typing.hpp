// Typing notices: in memory alone, they end by themselves (client-server API, module typing_notifications).
#pragma once
#include <memory>
#include <stop_token>
#include <vector>

#include "gate/gate.hpp"
#include "runtime/task.hpp"
#include "runtime/task_scope.hpp"

namespace kuramori::sync {

class Typing {
 public:
  static constexpr Milliseconds kTimeoutMax{120'000};
  Typing(gate::Gate& gate, const Clock& clock);
  ~Typing();

  // timeout 0: stopped typing. Publishes TypingChanged when the set changed.
  runtime::Task<Result<void>> set(gate::Permit permit, UserId user, RoomId room, Milliseconds timeout);
  std::vector<UserId> typing(const RoomId& room) const;
  // Ends notices whose time is over; runs until stopped. Spawn it once.
  runtime::Task<void> expire_forever(std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sync
