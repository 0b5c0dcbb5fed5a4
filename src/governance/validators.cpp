#include "governance/validators.hpp"

#include <array>
#include <span>
#include <string>

#include "governance/checksum.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::governance {

namespace {

// Letters and digits alone, in capitals: patterns may match separators, too.
std::string essence(std::string_view match) {
  std::string result;
  for (const char c : match) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) result.push_back(c);
    if (c >= 'a' && c <= 'z') result.push_back(static_cast<char>(c - 'a' + 'A'));
  }
  return result;
}
template <bool (*Check)(std::string_view)>
bool check_essence(std::string_view match) {
  return Check(essence(match));
}

constexpr auto kValidators = std::to_array<Validator>({
    {"hk_identity_card", check_essence<is_hk_identity>},
    {"prc_resident_identity", check_essence<is_prc_resident_identity>},
    {"payment_card", check_essence<is_payment_card>},
    {"jp_individual_number", check_essence<is_jp_individual_number>},
    {"jp_corporate_number", check_essence<is_jp_corporate_number>},
    {"jp_driving_licence", check_essence<is_jp_driving_licence>},
    {"taiwan_identity_card", check_essence<is_taiwan_identity>},
    {"taiwan_resident_certificate", check_essence<is_taiwan_resident_certificate>},
    {"us_social_security", check_essence<is_us_social_security>},
    {"uk_national_insurance", check_essence<is_uk_national_insurance>},
    {"iban", check_essence<is_iban>},
    {"luhn", check_essence<is_luhn>},
});
constexpr auto kValidatorNames = [] {
  std::array<std::string_view, kValidators.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kValidators[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> validator_names() {
  return kValidatorNames;
}

const Validator* find_validator(std::string_view name) {
  for (const Validator& validator : kValidators) {
    if (validator.name == name) return &validator;
  }
  return nullptr;
}

}  // namespace kuramori::governance
