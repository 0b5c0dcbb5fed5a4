// One /sync request, parsed (client-server API, "Syncing").
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "identity/session.hpp"
#include "matrix/filter.hpp"
#include "sync/presence.hpp"

namespace kuramori::sync {

struct SyncRequest {
  identity::SessionPtr session;
  std::optional<StreamPosition> since;
  // Messages for the device are acknowledged up to here, where that is less than `since`.
  std::optional<StreamPosition> to_device_since;
  std::shared_ptr<const matrix::Filter> filter;
  bool full_state = false;
  bool use_state_after = false;
  bool names_state_after_unstably = false;  // as MSC4222 did: the answer names it likewise
  Milliseconds timeout{0};
  PresenceState set_presence = PresenceState::Online;
  std::stop_token disconnected;  // the client has gone: nobody waits for the answer
};

// "s<position>": a sync token is one number, and pagination uses the same.
std::string render_token(StreamPosition position);
Result<StreamPosition> parse_token(std::string_view token);  // M_INVALID_PARAM

// "s<position>_<position>" while more messages wait for the device than fit into one response: the second
// says up to where they were sent. Wherever a token is taken, the second may stand behind it.
struct SyncToken {
  StreamPosition position;
  StreamPosition to_device;
};
std::string render_token(SyncToken token);
Result<SyncToken> parse_sync_token(std::string_view token);  // M_INVALID_PARAM

}  // namespace kuramori::sync
