// Paths of endpoints, with the older prefixes that clients still use.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::api::client {

// Of an endpoint that the specification has under v3: r0 named the same.
inline std::vector<std::string> v3_paths(std::string_view rest) {
  return {"/_matrix/client/v3" + std::string(rest), "/_matrix/client/r0" + std::string(rest)};
}

}  // namespace kuramori::api::client
