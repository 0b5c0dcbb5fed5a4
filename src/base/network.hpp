// Networks in CIDR notation, and whether an address lies in one.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kuramori {

// An address as 128 bits; IPv4 as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that both compare alike.
using Address = std::array<std::uint8_t, 16>;
std::optional<Address> parse_address(std::string_view text);

struct Network {
  Address base{};
  std::uint8_t prefix_bits = 128;
  bool contains(const Address& address) const;
};
// "10.0.0.0/8", "2001:db8::/32", or a single address. Nothing when malformed or when host bits are set.
std::optional<Network> parse_network(std::string_view text);

}  // namespace kuramori
