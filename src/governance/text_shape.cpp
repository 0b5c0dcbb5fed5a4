#include "governance/text_shape.hpp"

#include <algorithm>
#include <array>

#include "governance/digit_groups.hpp"

namespace kuramori::governance {

namespace {

enum : std::uint8_t { kDigit = 1, kPosing = 2, kBetween = 4, kToken = 8, kDash = 16, kAt = 32, kInside = 64 };

constexpr auto kKinds = [] {
  std::array<std::uint8_t, 256> kinds{};
  for (unsigned octet = 0; octet < kinds.size(); ++octet) {
    const char c = static_cast<char>(octet);
    unsigned kind = 0;
    if (is_digit(c)) kind |= kDigit;
    if (poses_as_digit(c)) kind |= kPosing;
    // Emoji begin so, and digits that are written between them.
    if (is_separator(c) || is_odd_separator(c) || octet == 0xF0 || octet == 0xE2) kind |= kBetween;
    if (is_continuation(c)) kind |= kInside;
    if (is_alphanumeric(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '+' || c == '=') {
      kind |= kToken;
    }
    if (c == '-') kind |= kDash;
    if (c == '@') kind |= kAt;
    kinds[octet] = static_cast<std::uint8_t>(kind);
  }
  return kinds;
}();

}  // namespace

TextShape shape_of(std::string_view text) {
  TextShape shape;
  std::uint32_t digits = 0;
  std::uint32_t separators = 0;
  std::uint32_t token = 0;
  std::uint32_t dashes = 0;
  unsigned seen = 0;
  for (const char c : text) {
    const unsigned kind = kKinds[static_cast<unsigned char>(c)];
    if (kind == kToken) {  // most letters
      ++token;
      digits = dashes = 0;
      continue;
    }
    seen |= kind;
    if ((kind & kToken) != 0) {
      ++token;
    } else {
      shape.token = std::max(shape.token, token);
      token = 0;
    }
    dashes = (kind & kDash) != 0 ? dashes + 1 : 0;
    shape.dashes = std::max(shape.dashes, dashes);
    if ((kind & (kDigit | kPosing)) != 0) {
      shape.digits = std::max(shape.digits, ++digits);
      separators = 0;
    } else if ((kind & kBetween) != 0) {
      if (++separators > kSeparatorsMax) digits = 0;
    } else if ((kind & kInside) == 0) {
      digits = 0;
    }
  }
  shape.token = std::max(shape.token, token);
  shape.at_sign = (seen & kAt) != 0;
  shape.any_digit = (seen & kDigit) != 0;
  return shape;
}

}  // namespace kuramori::governance
