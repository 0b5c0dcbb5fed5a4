#include "net/detail/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"

namespace kuramori::net::detail {
namespace {

std::string ipv4_text(const in_addr& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &address, text.data(), text.size()) != nullptr ? text.data() : std::string();
}

std::string ipv6_text(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr inner{};
    std::memcpy(&inner, address.s6_addr + 12, sizeof inner);
    return ipv4_text(inner);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET6, &address, text.data(), text.size()) != nullptr ? text.data() : std::string();
}

// "1.2.3.4:567", "[::1]:567" and "[::1]" lose what is not the address.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    return end == std::string_view::npos ? std::string_view{} : text.substr(1, end - 1);
  }
  if (std::ranges::count(text, ':') == 1) return text.substr(0, text.find(':'));
  return text;
}

}  // namespace

std::string address_text(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof ipv4);
    return ipv4_text(ipv4.sin_addr);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &address, sizeof ipv6);
    return ipv6_text(ipv6.sin6_addr);
  }
  return {};
}

std::string canonical_address(std::string_view text) {
  const std::string terminated(text);
  in_addr ipv4{};
  if (::inet_pton(AF_INET, terminated.c_str(), &ipv4) == 1) return ipv4_text(ipv4);
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, terminated.c_str(), &ipv6) == 1) return ipv6_text(ipv6);
  return {};
}

std::string forwarded_client(std::string_view forwarded_for, const std::string& peer,
                             const AddressSet& trusted) {
  std::string client = peer;
  std::string_view rest = forwarded_for;
  for (;;) {
    const auto comma = rest.rfind(',');
    const std::string_view entry =
        text::trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    const std::string address = canonical_address(without_port(entry));
    if (address.empty()) return peer;
    client = address;
    if (!trusted.contains(address) || comma == std::string_view::npos) return client;
    rest = rest.substr(0, comma);
  }
}

}  // namespace kuramori::net::detail
