// Sessions of application services: they have no row and no token of their own, only a name that says whose
// they are. Names of other sessions hold letters and digits alone.
#pragma once
#include <string>
#include <string_view>

#include "base/identifiers.hpp"

namespace kuramori::identity {

constexpr std::string_view kServiceSession = "appservice:";

inline SessionId service_session(std::string_view service) {
  return SessionId(std::string(kServiceSession) + std::string(service));
}
inline bool is_of_service(const SessionId& session) {
  return session.view().starts_with(kServiceSession);
}

}  // namespace kuramori::identity
