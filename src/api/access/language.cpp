#include "api/access/language.hpp"

#include <string>

#include "base/text.hpp"

namespace kuramori::api {
namespace {

constexpr std::size_t kRangesMax = 32;

bool has_subtag(std::string_view tag, std::string_view subtag) {
  const auto parts = text::split(tag, '-');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] == subtag) return true;
  }
  return false;
}

// Ours for one language tag in lower case; empty when we do not have it.
std::string_view ours(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find('-'));
  if (primary == "en" || tag == "*") return "en";
  if (primary == "ja") return "ja";
  if (primary != "zh" && primary != "yue") return "";
  if (has_subtag(tag, "hant")) return "zh-Hant";
  if (has_subtag(tag, "hans")) return "zh-Hans";
  const bool is_traditional =
      primary == "yue" || has_subtag(tag, "tw") || has_subtag(tag, "hk") || has_subtag(tag, "mo");
  return is_traditional ? "zh-Hant" : "zh-Hans";
}

// The weight in thousandths: "q=0.8" is 800. A malformed one counts as 0.
int weight_of(std::string_view parameter) {
  const std::string_view text = text::trim(parameter);
  if (!text.starts_with("q=")) return 1000;
  const std::string_view value = text.substr(2);
  if (value.empty() || value.size() > 5 || (value.front() != '0' && value.front() != '1')) return 0;
  int weight = (value.front() - '0') * 1000;
  int unit = 100;
  for (std::size_t i = 2; i < value.size(); ++i, unit /= 10) {
    if (value[1] != '.' || value[i] < '0' || value[i] > '9') return 0;
    weight += (value[i] - '0') * unit;
  }
  return weight > 1000 ? 1000 : weight;
}

}  // namespace

std::string_view best_language(std::string_view accept_language) {
  if (accept_language.empty()) return "en";
  std::string_view best = "en";
  int best_weight = 0;
  std::size_t ranges = 0;
  for (const std::string_view range : text::split(accept_language, ',')) {
    if (++ranges > kRangesMax) break;
    const std::size_t semicolon = range.find(';');
    const std::string tag = text::to_lower_ascii(text::trim(range.substr(0, semicolon)));
    const int weight = semicolon == std::string_view::npos ? 1000 : weight_of(range.substr(semicolon + 1));
    const std::string_view language = ours(tag);
    if (language.empty() || weight <= best_weight) continue;
    best = language;
    best_weight = weight;
  }
  return best;
}

}  // namespace kuramori::api
