// Kinds of ASCII characters, for those who read normalised text octet by octet.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kuramori::governance {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_letter(char c) {
  return is_upper(c) || is_lower(c);
}
constexpr bool is_alphanumeric(char c) {
  return is_digit(c) || is_letter(c);
}
constexpr bool is_hexadecimal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr char upper(char c) {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
// Between digits that belong together.
constexpr bool is_blank(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '_';
}
constexpr bool is_line_break(char c) {
  return c == '\n' || c == '\r' || c == '\t';
}
constexpr bool is_separator(char c) {
  return is_blank(c) || is_line_break(c);
}
constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}
// Letters that people put in place of digits.
constexpr bool poses_as_digit(char c) {
  return c == 'O' || c == 'o' || c == 'I' || c == 'l' || c == '|';
}
constexpr char as_digit(char c) {
  if (c == 'O' || c == 'o') return '0';
  return poses_as_digit(c) ? '1' : c;
}
// The characters of UTF-8 text.
constexpr std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

}  // namespace kuramori::governance
