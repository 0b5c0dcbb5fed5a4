#include "rooms/policy_server.hpp"

#include <algorithm>

#include "crypto/base64.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::string_view kPolicyServerType = "m.room.policy";

bool has_joined(const RoomState& state, const ServerName& server) {
  bool is_there = false;
  state.for_each_joined(
      [&](const UserId& user) { is_there = is_there || matrix::server_of(user) == server.view(); });
  return is_there;
}

std::optional<NamedPolicyServer> named_in(const RoomState& state) {
  const matrix::EventPtr event = state.find(kPolicyServerType, "");
  if (event == nullptr) return std::nullopt;
  const std::string_view via = json::string_or(event->content(), "via", "");
  const json::Object* keys = json::object_at(event->content(), "public_keys");
  const std::string_view key = keys == nullptr ? std::string_view() : json::string_or(*keys, "ed25519", "");
  if (via.empty() || key.empty()) return std::nullopt;
  return NamedPolicyServer{.via = ServerName(via), .public_key = std::string(key)};
}

}  // namespace

std::optional<NamedPolicyServer> policy_server_of(const RoomState& state) {
  auto named = named_in(state);
  if (!named || !has_joined(state, named->via)) return std::nullopt;
  return named;
}

bool serves_as_policy_server(const RoomState& state, const ServerName& server,
                             const crypto::SigningKey& key) {
  const auto named = named_in(state);
  if (!named || named->via != server) return false;
  // Clients write either alphabet of base64.
  auto octets = crypto::from_base64(named->public_key);
  if (!octets) octets = crypto::from_base64_url(named->public_key);
  const auto& own = key.public_key();
  if (!octets || !std::ranges::equal(*octets, own)) return false;
  return has_joined(state, server);
}

bool is_policy_server_event(std::string_view type, const std::optional<std::string>& state_key) {
  return type == kPolicyServerType && state_key && state_key->empty();
}

}  // namespace kuramori::rooms
