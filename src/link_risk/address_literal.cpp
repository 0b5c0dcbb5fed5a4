#include "link_risk/address_literal.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include "base/text.hpp"
#include "governance/characters.hpp"

namespace kuramori::link_risk {
namespace {

constexpr std::uint64_t kOverflow = std::uint64_t{1} << 32;

// One number of an IPv4 address: decimal, octal (leading 0) or hexadecimal (leading 0x). Nothing when it is
// none.
std::optional<std::uint64_t> read_number(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  int base = 10;
  if (digits.size() >= 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    digits.remove_prefix(2);
    base = 16;
  } else if (digits.size() >= 2 && digits[0] == '0') {
    digits.remove_prefix(1);
    base = 8;
  }
  if (digits.empty()) return 0;  // "0x" is zero
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return kOverflow;
  return value;
}

bool ends_in_number(const std::vector<std::string_view>& parts) {
  const std::string_view last = parts.back();
  if (last.empty()) return false;
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return true;
  return last.starts_with("0x") && read_number(last).has_value();
}

std::optional<std::uint32_t> ipv4_value(const std::vector<std::string_view>& parts) {
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto number = read_number(parts[i]);
    if (!number || *number > 255) return std::nullopt;
    value |= *number << (8 * (3 - i));
  }
  const auto last = read_number(parts.back());
  const std::uint64_t room = std::uint64_t{1} << (8 * (5 - parts.size()));
  if (!last || *last >= room) return std::nullopt;
  return static_cast<std::uint32_t>(value | *last);
}

std::string dotted(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (!text.empty()) text.push_back('.');
    text += std::to_string((value >> shift) & 255);
  }
  return text;
}

AddressReading read_ipv6(std::string_view host) {
  if (!host.ends_with(']')) return {.address = std::nullopt, .is_invalid = true};
  std::string inner(host.substr(1, host.size() - 2));
  inner = inner.substr(0, inner.find("%25"));  // a zone is of no use to anybody else
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  if (inet_pton(AF_INET6, inner.c_str(), octets.data()) != 1)
    return {.address = std::nullopt, .is_invalid = true};
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, octets.data(), text.data(), text.size());
  return {.address = AddressLiteral{.text = "[" + std::string(text.data()) + "]", .is_unusual = false}};
}

}  // namespace

AddressReading read_address(std::string_view host) {
  if (host.starts_with('[')) return read_ipv6(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return {};
  const auto parts = text::split(host, '.');
  if (!ends_in_number(parts)) return {};
  const auto value = ipv4_value(parts);
  if (!value) return {.address = std::nullopt, .is_invalid = true};
  std::string canonical = dotted(*value);
  const bool is_unusual = canonical != host;
  return {.address = AddressLiteral{.text = std::move(canonical), .is_unusual = is_unusual}};
}

}  // namespace kuramori::link_risk
