// What identity asks others to do.
#pragma once
#include "base/identifiers.hpp"
#include "gate/action.hpp"
#include "runtime/task.hpp"

namespace kuramori::identity {

// Carries changes of accounts into rooms; implemented above identity (by `rooms`), called by the handlers
// after the commit.
class AccountFollower {
 public:
  virtual ~AccountFollower() = default;
  // `displayname` or `avatar_url` changed: membership events of joined rooms follow.
  virtual runtime::Task<void> profile_changed(gate::Subject subject, UserId user) = 0;
  // The user leaves every room and rejects every invite.
  virtual runtime::Task<void> account_deactivated(gate::Subject subject, UserId user) = 0;
};

}  // namespace kuramori::identity
