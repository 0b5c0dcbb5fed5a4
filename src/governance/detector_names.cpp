#include "governance/detector_names.hpp"

#include <array>
#include <span>
#include <string>

#include "base/assert.hpp"
#include "governance/checksum.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::governance {

namespace {

// In the order of NumberKind.
constexpr auto kDetectors = std::to_array<std::string_view>(
    {"hk_identity_card", "prc_resident_identity", "payment_card", "jp_individual_number"});

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
    {"luhn", check_essence<is_luhn>},
});
constexpr auto kValidatorNames = [] {
  std::array<std::string_view, kValidators.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kValidators[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> built_in_detectors() {
  return kDetectors;
}
std::span<const std::string_view> validator_names() {
  return kValidatorNames;
}

const Explanation& built_in_detector_names(std::string_view id) {
  static const std::array<Explanation, kDetectors.size()> kNames{{
      {"a Hong Kong identity card number", "香港身份证号码", "香港身份證號碼", "香港の身分証番号"},
      {"a PRC resident identity number", "居民身份证号码", "內地居民身份證號碼", "中国の居民身分証番号"},
      {"a payment card number", "支付卡号码", "支付卡號碼", "クレジットカードなどの決済カード番号"},
      {"a Japanese individual number", "日本个人编号(My Number)", "日本個人編號(My Number)",
       "マイナンバー(個人番号)"},
  }};
  for (std::size_t i = 0; i < kDetectors.size(); ++i) {
    if (kDetectors[i] == id) return kNames[i];
  }
  assertion_failed("no such built-in detector", std::source_location::current());
}

const Validator* find_validator(std::string_view name) {
  for (const Validator& validator : kValidators) {
    if (validator.name == name) return &validator;
  }
  return nullptr;
}

}  // namespace kuramori::governance
