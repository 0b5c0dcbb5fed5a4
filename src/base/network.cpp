#include "base/network.hpp"

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "base/text.hpp"

namespace kuramori {

std::optional<Address> parse_address(std::string_view text) {
  const std::string terminated(text);
  Address address{};
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) {
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + 12, &four, sizeof four);
    return address;
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, terminated.c_str(), &six) != 1) return std::nullopt;
  std::memcpy(address.data(), &six, sizeof six);
  return address;
}

bool Network::contains(const Address& address) const {
  const std::size_t whole = prefix_bits / 8u;
  if (std::memcmp(base.data(), address.data(), whole) != 0) return false;
  const unsigned rest = prefix_bits % 8u;
  if (rest == 0) return true;
  return ((base[whole] ^ address[whole]) >> (8u - rest)) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool is_four = text.substr(0, slash).find(':') == std::string_view::npos;
  const std::int64_t width = is_four ? 32 : 128;
  std::int64_t bits = width;
  if (slash != std::string_view::npos) {
    const auto given = text::to_integer(text.substr(slash + 1));
    if (!given || *given < 0 || *given > width) return std::nullopt;
    bits = *given;
  }
  Network network{.base = *address, .prefix_bits = static_cast<std::uint8_t>(is_four ? 96 + bits : bits)};
  // Host bits that are set usually mean a mistyped prefix.
  for (std::size_t bit = network.prefix_bits; bit < 128; ++bit) {
    if ((network.base[bit / 8] >> (7 - bit % 8)) & 1) return std::nullopt;
  }
  return network;
}

}  // namespace kuramori
