// Who a client says somebody is: the `identifier` object or the older `user` field (client-server API,
// "Identifier types").
#pragma once
#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::identity {

// A local user id, which need not exist. M_MISSING_PARAM without one, M_UNKNOWN for an identifier type that
// we do not know, M_FORBIDDEN for a user of another server and for identifiers that no account here has
// (e-mail addresses, phone numbers).
Result<UserId> read_user_identifier(const json::Object& object, const ServerName& server);
// "alice" or "@alice:server", in any case.
Result<UserId> local_user(std::string_view text, const ServerName& server);

}  // namespace kuramori::identity
