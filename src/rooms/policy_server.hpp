// The policy server of a room, as its state names it (server-server API, "Policy Servers").
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/identifiers.hpp"
#include "crypto/signing.hpp"
#include "rooms/room_state.hpp"

namespace kuramori::rooms {

struct NamedPolicyServer {
  ServerName via = {};
  std::string public_key = {};  // ed25519, as the room has it
};

// Nothing when there is none, or the state is not valid, or none of the server's users has joined: then the
// room has no policy server.
std::optional<NamedPolicyServer> policy_server_of(const RoomState& state);

// Whether it is this server, with this key.
bool serves_as_policy_server(const RoomState& state, const ServerName& server, const crypto::SigningKey& key);

// The event that names it is not signed by it, so that a room can always do without.
bool is_policy_server_event(std::string_view type, const std::optional<std::string>& state_key);

}  // namespace kuramori::rooms
