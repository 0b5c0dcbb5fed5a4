// What one cheap pass over a text tells: which detectors need to look at it at all. It may promise too much,
// never too little.
#pragma once
#include <cstdint>
#include <string_view>

namespace kuramori::governance {

struct TextShape {
  std::uint32_t digits = 0;  // the longest row of digits, with at most a few separators between two of them
  std::uint32_t token = 0;   // the longest row of octets that keys and tokens are made of
  std::uint32_t dashes = 0;  // the longest row of '-'
  bool at_sign = false;
  bool any_digit = false;
};

TextShape shape_of(std::string_view text);

}  // namespace kuramori::governance
