#include "gate/refusal.hpp"

namespace kuramori::gate {

namespace {

bool is_or_refines(std::string_view language, std::string_view range) {
  return language.starts_with(range) && (language.size() == range.size() || language[range.size()] == '-');
}

}  // namespace

const std::string& Localised::in(std::string_view language) const {
  const std::string* text = &en;
  if (is_or_refines(language, "ja")) text = &ja;
  if (is_or_refines(language, "zh")) {
    // Regions that write traditional characters, when the script is not named.
    const bool traditional = is_or_refines(language, "zh-Hant") || is_or_refines(language, "zh-HK") ||
                             is_or_refines(language, "zh-TW") || is_or_refines(language, "zh-MO");
    text = traditional ? &zh_hant : &zh_hans;
  }
  return text->empty() ? en : *text;
}

}  // namespace kuramori::gate
