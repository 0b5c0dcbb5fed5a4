#include "api/client/sync_parameters.hpp"

#include "base/text.hpp"
#include "sync/sliding_request.hpp"

namespace kuramori::api::client {

Result<Milliseconds> read_sync_timeout(const net::Request& request) {
  const auto value = request.query_value("timeout");
  if (!value) return Milliseconds(0);
  const auto number = text::to_integer(*value);
  if (!number || *number < 0) return invalid_argument("'timeout' must be a number of milliseconds.");
  return Milliseconds(*number);
}

Result<sync::PresenceState> read_sync_presence(const net::Request& request) {
  const auto value = request.query_value("set_presence");
  if (!value) return sync::PresenceState::Online;
  return sync::parse_set_presence(*value);
}

}  // namespace kuramori::api::client
