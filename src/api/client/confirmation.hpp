// User-interactive authentication of a request: what handlers of sensitive operations ask first.
#pragma once
#include <optional>

#include "api/client/pipeline.hpp"
#include "identity/interactive_authentication.hpp"

namespace kuramori::api::client {

struct Confirmation {
  UserId user;                             // as of the password stage; empty when no stage named somebody
  std::optional<net::Response> challenge;  // set: answer this, and do nothing
};

runtime::Task<Confirmation> confirm(const Call& call, identity::InteractiveAuthentication& authentication,
                                    identity::ProtectedOperation operation);

}  // namespace kuramori::api::client
