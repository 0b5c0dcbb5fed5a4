// What registration and login share for application services ("Server admin style permissions").
#pragma once
#include "api/client/pipeline.hpp"

namespace kuramori::api::client {

constexpr std::string_view kServiceLogin = "m.login.application_service";

// The 401 for a caller whose token is no service's.
net::Response no_service(const Call& call);
// M_EXCLUSIVE: the user is none of the service's.
Error outside_namespace();

}  // namespace kuramori::api::client
