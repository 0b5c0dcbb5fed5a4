// Which addresses belong to the public Internet: what the registries of special-purpose addresses (RFC 6890,
// kept by IANA) do not set apart.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/network.hpp"
#include "net/http_client.hpp"

namespace kuramori::net {
namespace {

// An IPv4 network also stands for its IPv4-mapped addresses.
constexpr auto kSetApart = std::to_array<std::string_view>({
    "0.0.0.0/8",          // this network
    "10.0.0.0/8",         // private
    "100.64.0.0/10",      // shared by carriers
    "127.0.0.0/8",        // loopback
    "169.254.0.0/16",     // link-local, metadata services of clouds among them
    "172.16.0.0/12",      // private
    "192.0.0.0/24",       // protocol assignments
    "192.0.2.0/24",       // documentation
    "192.31.196.0/24",    // AS112
    "192.52.193.0/24",    // AMT
    "192.88.99.0/24",     // 6to4 relays, withdrawn
    "192.168.0.0/16",     // private
    "192.175.48.0/24",    // AS112
    "198.18.0.0/15",      // benchmarks
    "198.51.100.0/24",    // documentation
    "203.0.113.0/24",     // documentation
    "224.0.0.0/4",        // multicast
    "240.0.0.0/4",        // reserved, broadcast
    "::/96",              // unspecified, loopback, IPv4-compatible
    "64:ff9b:1::/48",     // local-use translation
    "100::/64",           // discard
    "2001::/23",          // protocol assignments, Teredo among them
    "2001:db8::/32",      // documentation
    "2620:4f:8000::/48",  // AS112
    "3fff::/20",          // documentation
    "5f00::/16",          // segment routing
    "fc00::/7",           // unique local
    "fe80::/10",          // link-local
    "fec0::/10",          // site-local
    "ff00::/8",           // multicast
});

Address mapped(const std::uint8_t* four) {
  Address address{};
  address[10] = address[11] = 0xff;
  std::copy_n(four, 4, address.begin() + 12);
  return address;
}

// Addresses that carry an IPv4 address to which a translator or relay leads.
std::optional<Address> carried(const Address& address) {
  constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};
  if (address[0] == 0x20 && address[1] == 0x02) return mapped(address.data() + 2);  // 6to4, RFC 3056
  if (std::ranges::equal(std::span(address).first(12), kNat64))
    return mapped(address.data() + 12);  // RFC 6052
  return std::nullopt;
}

bool is_set_apart(const Address& address) {
  static const auto kNetworks = [] {
    std::array<Network, kSetApart.size()> networks;
    std::ranges::transform(kSetApart, networks.begin(),
                           [](std::string_view text) { return *parse_network(text); });
    return networks;
  }();
  return std::ranges::any_of(kNetworks, [&](const Network& network) { return network.contains(address); });
}

}  // namespace

bool is_public_address(std::string_view text) {
  const auto address = parse_address(text);
  if (!address || is_set_apart(*address)) return false;
  const auto inner = carried(*address);
  return !inner || !is_set_apart(*inner);
}

}  // namespace kuramori::net
