// The Authorization header of requests between servers (server-server API, "Request Authentication"):
//
//   X-Matrix
//   origin="origin.hs.example.com",destination="destination.hs.example.com",key="ed25519:key1",sig="ABCDEF..."
//
// Names of parameters in any case and order, values quoted or not (older servers write "ed25519:key1" without
// quotes), parameters that are not known passed over. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kuramori::policy_server {

struct XMatrix {
  std::string origin = {};
  std::string destination = {};  // empty: not named (servers before v1.3)
  std::string key = {};          // "ed25519:…"
  std::string signature = {};    // base64
  friend bool operator==(const XMatrix&, const XMatrix&) = default;
};

constexpr std::size_t kHeaderBytesMax = 4'096;

// Nothing when it is not of this scheme, lacks a parameter, names one twice, or is too long.
std::optional<XMatrix> parse_x_matrix(std::string_view header);
std::string to_header(const XMatrix& value);

}  // namespace kuramori::policy_server
