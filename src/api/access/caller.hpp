// Who makes a request, as all interfaces for people read it: the access token of an Authorization header, and
// what the gate is told of the subject.
#pragma once
#include <string_view>

#include "gate/action.hpp"
#include "identity/session.hpp"
#include "net/http_types.hpp"

namespace kuramori::api {

// The token of "Authorization: Bearer …" (RFC 6750 section 2.1), the scheme in any case; empty when there is
// none, or another scheme.
std::string_view bearer_token(const net::Request& request);

// From the session (null: nobody), the address, the user agent and Accept-Language.
gate::Subject subject_of(const net::Request& request, const identity::Session* session);

}  // namespace kuramori::api
