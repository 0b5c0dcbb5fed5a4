#include "governance/confusables.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace kuramori::governance {

namespace {

struct LookAlike {
  char32_t code_point;
  char ascii;
};

// Sorted by code point.
constexpr auto kLookAlikes = std::to_array<LookAlike>({
    {0x00B7, '.'}, {0x00D7, 'x'}, {0x00D8, 'O'}, {0x00F8, 'o'}, {0x0131, 'i'}, {0x0196, 'l'},  {0x01C0, 'l'},
    {0x0251, 'a'}, {0x0261, 'g'}, {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'}, {0x0396, 'Z'},  {0x0397, 'H'},
    {0x0399, 'I'}, {0x039A, 'K'}, {0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'}, {0x03A1, 'P'},  {0x03A4, 'T'},
    {0x03A5, 'Y'}, {0x03A7, 'X'}, {0x03B1, 'a'}, {0x03B9, 'i'}, {0x03BA, 'k'}, {0x03BD, 'v'},  {0x03BF, 'o'},
    {0x03C1, 'p'}, {0x03C5, 'u'}, {0x0405, 'S'}, {0x0406, 'I'}, {0x0408, 'J'}, {0x0410, 'A'},  {0x0412, 'B'},
    {0x0415, 'E'}, {0x0417, '3'}, {0x041A, 'K'}, {0x041C, 'M'}, {0x041D, 'H'}, {0x041E, 'O'},  {0x0420, 'P'},
    {0x0421, 'C'}, {0x0422, 'T'}, {0x0423, 'Y'}, {0x0425, 'X'}, {0x0430, 'a'}, {0x0435, 'e'},  {0x043E, 'o'},
    {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'},  {0x0458, 'j'},
    {0x0475, 'v'}, {0x04AE, 'Y'}, {0x04BB, 'h'}, {0x04C0, 'I'}, {0x04CF, 'l'}, {0x0501, 'd'},  {0x050C, 'G'},
    {0x051B, 'q'}, {0x051C, 'W'}, {0x051D, 'w'}, {0x0555, 'O'}, {0x0570, 'h'}, {0x0578, 'n'},  {0x057D, 'u'},
    {0x0585, 'o'}, {0x13A0, 'D'}, {0x13AA, 'A'}, {0x13AB, 'J'}, {0x13AC, 'E'}, {0x13B3, 'W'},  {0x13B7, 'M'},
    {0x13BB, 'H'}, {0x13C0, 'G'}, {0x13C3, 'Z'}, {0x13D4, 'W'}, {0x13D9, 'V'}, {0x13DA, 'S'},  {0x13DE, 'L'},
    {0x13DF, 'C'}, {0x13E2, 'P'}, {0x13E6, 'K'}, {0x13F4, 'B'}, {0x2010, '-'}, {0x2011, '-'},  {0x2012, '-'},
    {0x2013, '-'}, {0x2014, '-'}, {0x2015, '-'}, {0x2022, '.'}, {0x2027, '.'}, {0x2028, '\n'}, {0x2029, '\n'},
    {0x2043, '-'}, {0x2212, '-'}, {0x2219, '.'}, {0x2223, '|'}, {0x22C5, '.'}, {0x24FF, '0'},  {0x2500, '-'},
    {0x2502, '|'}, {0x2715, 'x'}, {0x2716, 'x'}, {0x2C9E, 'O'}, {0x2C9F, 'o'}, {0x3002, '.'},  {0x3010, '('},
    {0x3011, ')'}, {0x3014, '('}, {0x3015, ')'}, {0x301C, '-'}, {0x30FB, '.'}, {0x4E28, '|'},  {0xFF61, '.'},
    {0xFF65, '.'},
});

constexpr bool is_sorted() {
  for (std::size_t i = 1; i < kLookAlikes.size(); ++i) {
    if (kLookAlikes[i - 1].code_point >= kLookAlikes[i].code_point) return false;
  }
  return true;
}
static_assert(is_sorted());

bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

}  // namespace

char looks_like(char32_t c) {
  if (within(c, 0x2776, 0x277E)) return static_cast<char>('1' + (c - 0x2776));  // negative circled digits
  if (within(c, 0x2780, 0x2788)) return static_cast<char>('1' + (c - 0x2780));
  if (within(c, 0x278A, 0x2792)) return static_cast<char>('1' + (c - 0x278A));
  if (within(c, 0x1F150, 0x1F169)) return static_cast<char>('A' + (c - 0x1F150));  // negative circled letters
  if (within(c, 0x1F170, 0x1F189)) return static_cast<char>('A' + (c - 0x1F170));
  const auto found = std::ranges::lower_bound(kLookAlikes, c, {}, &LookAlike::code_point);
  if (found != kLookAlikes.end() && found->code_point == c) return found->ascii;
  if (c < 0x0660) return 0;
  if (u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER) {
    return static_cast<char>('0' + u_charDigitValue(static_cast<UChar32>(c)));
  }
  return u_charType(static_cast<UChar32>(c)) == U_SPACE_SEPARATOR ? ' ' : '\0';
}

int han_digit(char32_t c) {
  switch (c) {
    case U'〇':
    case U'零':
    case U'○':
    case U'◯':
      return 0;
    case U'一':
    case U'壹':
    case U'壱':
    case U'幺':
      return 1;
    case U'二':
    case U'贰':
    case U'貳':
    case U'弐':
      return 2;
    case U'三':
    case U'叁':
    case U'參':
    case U'参':
      return 3;
    case U'四':
    case U'肆':
      return 4;
    case U'五':
    case U'伍':
      return 5;
    case U'六':
    case U'陆':
    case U'陸':
      return 6;
    case U'七':
    case U'柒':
      return 7;
    case U'八':
    case U'捌':
      return 8;
    case U'九':
    case U'玖':
      return 9;
    default:
      return -1;
  }
}

bool is_invisible(char32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n' && c != '\r';
  if (c < 0xAD) return c >= 0x7F && c < 0xA0 && c != 0x85;
  return c == 0xAD || c == 0x34F || c == 0x61C || within(c, 0x115F, 0x1160) || within(c, 0x17B4, 0x17B5) ||
         within(c, 0x180B, 0x180F) || within(c, 0x200B, 0x200F) || within(c, 0x202A, 0x202E) ||
         within(c, 0x2060, 0x206F) || c == 0x2800 || c == 0x3164 || within(c, 0xFE00, 0xFE0F) ||
         c == 0xFEFF || c == 0xFFA0 || within(c, 0xFFF9, 0xFFFB) || within(c, 0x1D173, 0x1D17A) ||
         within(c, 0xE0000, 0xE0FFF);
}

bool is_cjk(char32_t c) {
  return within(c, 0x3041, 0x30FF) || within(c, 0x31F0, 0x31FF) || within(c, 0x3400, 0x4DBF) ||
         within(c, 0x4E00, 0x9FFF) || within(c, 0xF900, 0xFAFF) || within(c, 0x20000, 0x3FFFF) ||
         c == U'々' || c == U'〇';
}

}  // namespace kuramori::governance
