// What one cheap pass over a text tells: which detectors need to look at it at all. It may promise too much,
// never too little.
#pragma once
#include <cstdint>
#include <string_view>

namespace kuramori::governance {

constexpr unsigned kTokenOctets = 20;  // no key or token is shorter
constexpr unsigned kKeyDashes = 5;     // "-----BEGIN"

struct TextShape {
  // The longest row of digits and of letters that pose as them, with at most a few separators between two of
  // them; 0 where there is no digit.
  std::uint32_t digits = 0;
  std::uint32_t token =
      0;  // the longest row of octets that keys and tokens are made of; 0 below kTokenOctets
  std::uint32_t dashes = 0;  // the longest row of '-'; 0 below kKeyDashes
  bool at_sign = false;
  bool any_digit = false;
};

TextShape shape_of(std::string_view text);

}  // namespace kuramori::governance
