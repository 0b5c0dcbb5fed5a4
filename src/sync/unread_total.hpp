// The unread counts of one user over all joined rooms, as the user's clients show them: for the badge of an
// app.
#pragma once
#include "sync/engine.hpp"

namespace kuramori::sync {

class UnreadTotals {
 public:
  explicit UnreadTotals(Engine::Ports ports) : ports_(ports) {}
  // `permit` is for Operation::PushDeliver about that user.
  runtime::Task<Result<UnreadCounts>> of(const gate::Permit& permit, UserId user);

 private:
  Engine::Ports ports_;
  LazyMembers lazy_members_;  // nobody is told of members here
};

}  // namespace kuramori::sync
