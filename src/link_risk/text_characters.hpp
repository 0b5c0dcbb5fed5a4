// Characters of UTF-8 text, one at a time, and the kinds of them that matter in links.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kuramori::link_risk::detail {

struct Character {
  char32_t code_point = 0;
  std::size_t length = 1;  // octets
};

// At octet `at`, which is before the end. Ill-formed octets are U+FFFD, one octet each.
Character character_at(std::string_view text, std::size_t at);
void append_utf8(std::string& out, char32_t code_point);

// Separates labels of a host beside '.': UTS 46 section 2.3.
constexpr bool is_wide_dot(char32_t c) {
  return c == 0x3002 || c == 0xFF0E || c == 0xFF61;
}
// May stand in a label: letters, digits, marks, '-' and '_'.
bool is_label_character(char32_t c);
// Ends a link in running text.
bool ends_link(char32_t c);

}  // namespace kuramori::link_risk::detail
