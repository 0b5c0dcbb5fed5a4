// One login of one device, as every request sees it.
#pragma once
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "gate/action.hpp"

namespace kuramori::identity {

struct Session {
  SessionId id;  // stays the same when the access token is refreshed
  UserId user;
  DeviceId device;
  gate::Role role = gate::Role::Member;
  Timestamp token_expires;  // epoch: never
};

using SessionPtr = std::shared_ptr<const Session>;

}  // namespace kuramori::identity
