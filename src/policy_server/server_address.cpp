#include "policy_server/server_address.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "json/json.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::policy_server {
namespace {

constexpr std::size_t kDelegationBytesMax = 51'200;  // as the specification suggests

bool is_address(std::string_view host) {
  if (host.starts_with('[')) return true;
  return std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

std::optional<ServerAddress> address_of(const ServerName& server) {
  if (!matrix::parse_server_name(server.view())) return std::nullopt;
  std::string_view host = server.view();
  ServerAddress address;
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port) {
    const auto port = text::to_integer(host.substr(colon + 1));
    if (!port || *port < 1 || *port > 65'535) return std::nullopt;
    address.port = static_cast<std::uint16_t>(*port);
    host = host.substr(0, colon);
  }
  if (host.empty()) return std::nullopt;
  address.host = text::to_lower_ascii(host);
  address.is_final = has_port || is_address(host);
  return address;
}

std::optional<ServerName> delegated_in(std::string_view document) {
  const auto body = json::parse_object(document, {.bytes_max = kDelegationBytesMax});
  if (!body) return std::nullopt;
  ServerName server(json::string_or(*body, "m.server", ""));
  if (!address_of(server)) return std::nullopt;
  return server;
}

std::string url_of(const ServerAddress& address, std::string_view path) {
  return "https://" + address.host + ":" + std::to_string(address.port) + std::string(path);
}

std::string well_known_url(const ServerAddress& address) {
  return "https://" + address.host + "/.well-known/matrix/server";
}

}  // namespace kuramori::policy_server
