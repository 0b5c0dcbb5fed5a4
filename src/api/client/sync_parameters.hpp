// Query parameters that both front ends of sync share.
#pragma once
#include "net/http_types.hpp"
#include "sync/presence.hpp"

namespace kuramori::api::client {

// `timeout`; none is no time at all.
Result<Milliseconds> read_sync_timeout(const net::Request& request);
// `set_presence`; none is online.
Result<sync::PresenceState> read_sync_presence(const net::Request& request);

}  // namespace kuramori::api::client
