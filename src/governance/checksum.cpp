#include "governance/checksum.hpp"
#include "governance/characters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace kuramori::governance {

namespace {

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

struct CountryLength {
  std::string_view country;
  std::size_t length;
};
// ISO 13616 registry, sorted.
constexpr auto kIbanLengths = std::to_array<CountryLength>({
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
    {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
    {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
    {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
    {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
    {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
});
static_assert(std::ranges::is_sorted(kIbanLengths, {}, &CountryLength::country));

// What the letter of a Taiwan number stands for: 10 to 35, not in the order of the alphabet.
constexpr std::array<unsigned, 26> kTaiwanLetters{10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21,
                                                  22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33};

bool taiwan_sum_is_right(unsigned letter, unsigned second, std::string_view eight) {
  unsigned sum = letter / 10 + letter % 10 * 9 + second * 8;
  for (unsigned i = 0; i < 7; ++i) sum += static_cast<unsigned>(eight[i] - '0') * (7 - i);
  return (sum + static_cast<unsigned>(eight[7] - '0')) % 10 == 0;
}

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

bool is_prc_resident_identity_15(std::string_view text) {
  if (text.size() != 15 || !all_digits(text) || !is_region(number(text.substr(0, 2)))) return false;
  const unsigned year = 1900 + number(text.substr(6, 2));
  return number(text.substr(2, 4)) != 0 &&
         is_calendar_date(year, number(text.substr(8, 2)), number(text.substr(10, 2)));
}

bool is_jp_corporate_number(std::string_view digits) {
  if (digits.size() != 13 || !all_digits(digits)) return false;
  unsigned sum = 0;
  for (unsigned n = 1; n <= 12; ++n) {
    sum += static_cast<unsigned>(digits[13 - n] - '0') * (n % 2 == 1 ? 1u : 2u);
  }
  return sum != 0 && 9u - sum % 9 == static_cast<unsigned>(digits[0] - '0');
}

bool is_jp_driving_licence(std::string_view digits) {
  if (digits.size() != 12 || !all_digits(digits)) return false;
  // Public safety commissions: 10 to 17 for Hokkaido, then by region up to 97.
  const unsigned commission = number(digits.substr(0, 2));
  if (commission < 10 || commission > 97) return false;
  constexpr std::array<unsigned, 10> kWeights{5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
  unsigned sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i)
    sum += static_cast<unsigned>(digits[i] - '0') * kWeights[i];
  return (11u - sum % 11) % 10 == static_cast<unsigned>(digits[10] - '0');
}

bool is_taiwan_identity(std::string_view text) {
  if (text.size() != 10 || !is_upper(text[0]) || !all_digits(text.substr(1))) return false;
  if (text[1] != '1' && text[1] != '2') return false;
  return taiwan_sum_is_right(kTaiwanLetters[static_cast<unsigned>(text[0] - 'A')],
                             static_cast<unsigned>(text[1] - '0'), text.substr(2));
}

bool is_taiwan_resident_certificate(std::string_view text) {
  if (text.size() != 10 || !is_upper(text[0]) || !all_digits(text.substr(2))) return false;
  const unsigned letter = kTaiwanLetters[static_cast<unsigned>(text[0] - 'A')];
  if (text[1] == '8' || text[1] == '9') {
    return taiwan_sum_is_right(letter, static_cast<unsigned>(text[1] - '0'), text.substr(2));
  }
  if (text[1] < 'A' || text[1] > 'D') return false;
  return taiwan_sum_is_right(letter, kTaiwanLetters[static_cast<unsigned>(text[1] - 'A')] % 10,
                             text.substr(2));
}

bool is_us_social_security(std::string_view digits) {
  if (digits.size() != 9 || !all_digits(digits)) return false;
  const unsigned area = number(digits.substr(0, 3));
  if (area == 0 || area == 666 || area >= 900) return false;
  if (number(digits.substr(3, 2)) == 0 || number(digits.substr(5)) == 0) return false;
  return digits.find_first_not_of(digits[0]) != std::string_view::npos && digits != "123456789";
}

bool is_uk_national_insurance(std::string_view text) {
  if (text.size() != 9 || !all_digits(text.substr(2, 6)) || text[8] < 'A' || text[8] > 'D') return false;
  constexpr std::string_view kFirst = "ABCEGHJKLMNOPRSTWXYZ";
  constexpr std::string_view kSecond = "ABCEGHJKLMNPRSTWXYZ";
  if (!kFirst.contains(text[0]) || !kSecond.contains(text[1])) return false;
  constexpr auto kUnused = std::to_array<std::string_view>({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"});
  return std::ranges::find(kUnused, text.substr(0, 2)) == kUnused.end();
}

std::size_t iban_length(std::string_view country) {
  const auto found = std::ranges::lower_bound(kIbanLengths, country, {}, &CountryLength::country);
  return found != kIbanLengths.end() && found->country == country ? found->length : 0;
}

bool is_iban(std::string_view text) {
  if (text.size() < 15 || iban_length(text.substr(0, 2)) != text.size()) return false;
  if (!all_digits(text.substr(2, 2))) return false;
  unsigned rest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];
    if (is_digit(c)) {
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    } else if (is_upper(c)) {
      rest = (rest * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97;
    } else {
      return false;
    }
  }
  return rest == 1;
}

}  // namespace kuramori::governance
