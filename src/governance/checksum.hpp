// Check digits of identity and payment numbers. Pure arithmetic over digits that were already extracted.
#pragma once
#include <string_view>

namespace kuramori::governance {

// Hong Kong identity card: one or two letters, six digits, check digit 0–9 or A, weights 9 to 1, modulo 11.
bool is_hk_identity(std::string_view letters_digits_check);  // "A1234563", "AB9876543"
// PRC resident identity number, GB 11643-1999: region, birth date, sequence, ISO 7064 MOD 11-2 check
// character.
bool is_prc_resident_identity(std::string_view eighteen);  // "11010519491231002X"
// Its form before 1999: region, birth date of the twentieth century, sequence; no check character.
bool is_prc_resident_identity_15(std::string_view fifteen);
// Luhn (ISO/IEC 7812-1) over digits.
bool is_luhn(std::string_view digits);
// Luhn, and the prefix and length belong to a card scheme.
bool is_payment_card(std::string_view digits);
// Japanese individual number ("My Number"): twelve digits, modulo 11.
bool is_jp_individual_number(std::string_view twelve);
// Japanese corporate number: thirteen digits, the first is the check digit, modulo 9.
bool is_jp_corporate_number(std::string_view thirteen);
// Japanese driving licence: commission, year, sequence, check digit modulo 11 as the eleventh, times
// reissued.
bool is_jp_driving_licence(std::string_view twelve);
// Taiwan: a letter for the region, 1 or 2, eight digits; the last makes the weighted sum a multiple of ten.
bool is_taiwan_identity(std::string_view ten);  // "A123456789"
// Of foreign residents: 8 or 9 in place of 1 or 2, before 2021 a letter A to D.
bool is_taiwan_resident_certificate(std::string_view ten);
// Social security number: no area 000, 666 or from 900, no group 00, no serial 0000.
bool is_us_social_security(std::string_view nine);
// National insurance number: two letters of those in use, six digits, A to D.
bool is_uk_national_insurance(std::string_view nine);
// IBAN: country, its length, modulo 97. Without separators, in capitals.
bool is_iban(std::string_view text);
// The length of a country's account numbers; 0 when it has none.
std::size_t iban_length(std::string_view country);

}  // namespace kuramori::governance
