#pragma once
// Where the server is: an http:// or https:// base URL, resolved once.

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace kuramori::bench {

struct Endpoint {
  std::string url;
  std::string host_header;
  sockaddr_storage address{};
  socklen_t address_length = 0;
  bool tls = false;
};

// Throws std::runtime_error with a sentence for the person who typed the URL.
Endpoint resolve_endpoint(std::string_view url);

}  // namespace kuramori::bench
