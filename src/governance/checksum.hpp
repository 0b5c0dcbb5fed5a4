// Check digits of identity and payment numbers. Pure arithmetic over digits that were already extracted.
#pragma once
#include <string_view>

namespace kuramori::governance {

// Hong Kong identity card: one or two letters, six digits, check digit 0–9 or A, weights 9 to 1, modulo 11.
bool is_hk_identity(std::string_view letters_digits_check);  // "A1234563", "AB9876543"
// PRC resident identity number, GB 11643-1999: region, birth date, sequence, ISO 7064 MOD 11-2 check
// character.
bool is_prc_resident_identity(std::string_view eighteen);  // "11010519491231002X"
// Luhn (ISO/IEC 7812-1) over digits.
bool is_luhn(std::string_view digits);
// Luhn, and the prefix and length belong to a card scheme.
bool is_payment_card(std::string_view digits);
// Japanese individual number ("My Number"): twelve digits, modulo 11.
bool is_jp_individual_number(std::string_view twelve);

}  // namespace kuramori::governance
