#include "link_risk/text_characters.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>

#include "governance/characters.hpp"

namespace kuramori::link_risk::detail {

Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {.code_point = first, .length = 1};
  const auto* octets = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t next = at;
  UChar32 code_point = 0;
  U8_NEXT(octets, next, text.size(), code_point);
  if (code_point < 0) return {.code_point = 0xFFFD, .length = 1};
  return {.code_point = static_cast<char32_t>(code_point), .length = next - at};
}

void append_utf8(std::string& out, char32_t code_point) {
  std::array<std::uint8_t, 4> octets{};
  std::size_t length = 0;
  U8_APPEND_UNSAFE(octets.data(), length, static_cast<UChar32>(code_point));
  out.append(reinterpret_cast<const char*>(octets.data()), length);
}

bool is_label_character(char32_t c) {
  if (c < 0x80) {
    const char ascii = static_cast<char>(c);
    return governance::is_alphanumeric(ascii) || ascii == '-' || ascii == '_';
  }
  if (c == 0xFFFD) return false;
  const auto code_point = static_cast<UChar32>(c);
  return u_isalnum(code_point) != 0 || (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0;
}

bool ends_link(char32_t c) {
  if (c <= 0x20 || c == 0x7F) return true;
  if (c < 0x80) return c == '<' || c == '>' || c == '"' || c == '`' || c == '|' || c == '^';
  if (c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A)) return true;
  if (c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F) return true;
  if (c == 0x2018 || c == 0x2019 || c == 0x201C || c == 0x201D || c == 0xAB || c == 0xBB) return true;
  // Punctuation of East Asian text.
  return (c >= 0x3000 && c <= 0x301F && c != 0x3002) || (c >= 0xFF01 && c <= 0xFF0C) ||
         (c >= 0xFF1B && c <= 0xFF1F) || (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF60) ||
         (c >= 0xFF62 && c <= 0xFF64);
}

}  // namespace kuramori::link_risk::detail
