// Which octets of a UTF-8 string JSON must escape, found eight at a time.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kuramori::json::detail {

inline bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// The position of the first octet from `from` on that needs an escape, or the size.
inline std::size_t find_escape(std::string_view text, std::size_t from) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHighs = 0x8080'8080'8080'8080;
  constexpr auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  for (; text.size() - from >= 8; from += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, 8);
    const std::uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
    if (controls | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) break;
  }
  while (from < text.size() && !needs_escape(text[from])) ++from;
  return from;
}

}  // namespace kuramori::json::detail
