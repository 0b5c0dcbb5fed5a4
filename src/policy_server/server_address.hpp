// Where a server is reached (server-server API, "Resolving server names"), as far as a client of it needs:
// the server name itself, and what /.well-known/matrix/server delegates to. SRV records are not looked up.
// Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/identifiers.hpp"

namespace kuramori::policy_server {

struct ServerAddress {
  std::string host = {};  // a name, an IPv4 address, or an IPv6 address in brackets
  std::uint16_t port = 8448;
  bool is_final = false;  // an address, or a port was given: nothing is delegated
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

// Nothing for what is no server name.
std::optional<ServerAddress> address_of(const ServerName& server);
// "m.server" of the document; nothing when it is not valid.
std::optional<ServerName> delegated_in(std::string_view document);

std::string url_of(const ServerAddress& address, std::string_view path);
// Of the document, for a server whose address is not final.
std::string well_known_url(const ServerAddress& address);

}  // namespace kuramori::policy_server
