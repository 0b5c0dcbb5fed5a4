// Sessions of application services: they have no row and no token of their own, only a name that says whose
// they are. Names of other sessions hold letters and digits alone.
#pragma once
#include <string>
#include <string_view>

#include "base/identifiers.hpp"
#include "identity/accounts.hpp"
#include "identity/session.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

constexpr std::string_view kServiceSession = "appservice:";

inline SessionId service_session(std::string_view service) {
  return SessionId(std::string(kServiceSession) + std::string(service));
}
inline bool is_of_service(const SessionId& session) {
  return session.view().starts_with(kServiceSession);
}

// Whom a service acts as: somebody of its namespace, which the caller has seen to.
struct ServiceActor {
  std::string service = {};
  UserId user = {};
  DeviceId device = {};  // empty: the session has none
};
// M_FORBIDDEN for a user whom nobody has registered, M_UNKNOWN_DEVICE for a device that is not the user's.
runtime::Task<Result<SessionPtr>> act_for_service(Accounts& accounts, storage::Reader& reader,
                                                  ServiceActor actor);

}  // namespace kuramori::identity
