#include "governance/checksum.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace kuramori::governance {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

unsigned number(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool is_calendar_date(unsigned year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1u : 0u);
}

// GB/T 2260: the province-level divisions; 81–83 are the numbers of Hong Kong, Macao and Taiwan residents.
bool is_region(unsigned province) {
  constexpr std::array<unsigned, 36> kProvinces{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
                                                35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
                                                53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91};
  return std::ranges::binary_search(kProvinces, province);
}

// Issuer ranges by their first six digits, with the lengths in use (a bit per length).
struct Scheme {
  unsigned first;
  unsigned last;
  std::uint32_t lengths;
};
constexpr std::uint32_t length(unsigned n) {
  return 1u << n;
}
constexpr std::uint32_t kLong = length(16) | length(17) | length(18) | length(19);
constexpr std::array kSchemes{
    Scheme{220000, 220499, length(16)},               // Mir
    Scheme{222100, 272099, length(16)},               // Mastercard
    Scheme{300000, 305999, length(14)},               // Diners Club
    Scheme{309500, 309599, length(14)},               // Diners Club
    Scheme{340000, 349999, length(15)},               // American Express
    Scheme{352800, 358999, length(16)},               // JCB
    Scheme{360000, 369999, length(14)},               // Diners Club
    Scheme{370000, 379999, length(15)},               // American Express
    Scheme{380000, 399999, length(14)},               // Diners Club
    Scheme{400000, 499999, length(16) | length(19)},  // Visa (13 digits are out of use, and are barcodes)
    Scheme{501800, 501899, kLong},                    // Maestro
    Scheme{502000, 502099, kLong},                    // Maestro
    Scheme{503800, 503899, kLong},                    // Maestro
    Scheme{510000, 559999, length(16)},               // Mastercard
    Scheme{601100, 601199, length(16) | length(19)},  // Discover
    Scheme{620000, 629999, kLong},                    // China UnionPay
    Scheme{644000, 659999, length(16) | length(19)},  // Discover
    Scheme{675900, 676399, kLong},                    // Maestro
    Scheme{810000, 817199, kLong},                    // China UnionPay
};

}  // namespace

bool is_hk_identity(std::string_view text) {
  if (text.size() != 8 && text.size() != 9) return false;
  const std::size_t letters = text.size() - 7;
  // A one-letter number counts as if a space (36) stood before it.
  unsigned sum = letters == 1 ? 36u * 9u : 0u;
  unsigned weight = letters == 1 ? 8u : 9u;
  for (std::size_t i = 0; i + 1 < text.size(); ++i, --weight) {
    const char c = text[i];
    if (i < letters ? !is_upper(c) : !is_digit(c)) return false;
    sum += weight * static_cast<unsigned>(i < letters ? c - 'A' + 10 : c - '0');
  }
  const char check = text.back();
  if (check != 'A' && !is_digit(check)) return false;
  sum += check == 'A' ? 10u : static_cast<unsigned>(check - '0');
  return sum % 11 == 0;
}

bool is_prc_resident_identity(std::string_view text) {
  if (text.size() != 18 || !all_digits(text.substr(0, 17))) return false;
  if (!is_region(number(text.substr(0, 2)))) return false;
  const unsigned year = number(text.substr(6, 4));
  if (year < 1850 || year > 2099) return false;
  if (!is_calendar_date(year, number(text.substr(10, 2)), number(text.substr(12, 2)))) return false;
  constexpr std::array<unsigned, 17> kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view kCheck = "10X98765432";
  unsigned sum = 0;
  for (std::size_t i = 0; i < 17; ++i) sum += kWeights[i] * static_cast<unsigned>(text[i] - '0');
  return kCheck[sum % 11] == text[17];
}

bool is_luhn(std::string_view digits) {
  if (digits.size() < 2 || !all_digits(digits)) return false;
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    unsigned value = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    if (i % 2 == 1) value = value > 4 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

bool is_payment_card(std::string_view digits) {
  if (digits.size() < 13 || digits.size() > 19 || !all_digits(digits)) return false;
  const unsigned prefix = number(digits.substr(0, 6));
  const bool known = std::ranges::any_of(kSchemes, [&](const Scheme& scheme) {
    return prefix >= scheme.first && prefix <= scheme.last &&
           (scheme.lengths >> static_cast<unsigned>(digits.size()) & 1u) != 0;
  });
  return known && is_luhn(digits);
}

bool is_jp_individual_number(std::string_view digits) {
  if (digits.size() != 12 || !all_digits(digits)) return false;
  unsigned sum = 0;
  for (unsigned n = 1; n <= 11; ++n) {
    const unsigned weight = n <= 6 ? n + 1 : n - 5;
    sum += static_cast<unsigned>(digits[11 - n] - '0') * weight;
  }
  const unsigned rest = sum % 11;
  return (rest <= 1 ? 0u : 11u - rest) == static_cast<unsigned>(digits[11] - '0');
}

}  // namespace kuramori::governance
