// Listening sockets: one per I/O thread on one address and port.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kuramori::net::detail {

struct ListeningSockets {
  std::vector<int> descriptors;  // owned by the caller
  std::uint16_t port = 0;
};

// Port 0: the system chooses one for all.
Result<ListeningSockets> listen_on(const std::string& address, std::uint16_t port, std::size_t sockets);

}  // namespace kuramori::net::detail
