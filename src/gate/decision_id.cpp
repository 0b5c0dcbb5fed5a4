#include "gate/decision_id.hpp"

#include <algorithm>

namespace kuramori::gate {
namespace {

constexpr std::size_t kTimeLength = 8;  // until the year 2059
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";

}  // namespace

std::string new_decision_id(Timestamp now, Random& random) {
  std::string id(kTimeLength, '0');
  auto rest = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_unix_ms(now)));
  for (std::size_t at = kTimeLength; at-- > 0; rest /= kDigits.size())
    id[at] = kDigits[rest % kDigits.size()];
  return id + random.alphanumeric(kDecisionIdLength - kTimeLength);
}

std::optional<Timestamp> time_of_decision(std::string_view id) {
  const auto is_known = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (id.size() != kDecisionIdLength || !std::ranges::all_of(id, is_known)) return std::nullopt;
  std::int64_t ms = 0;
  for (const char c : id.substr(0, kTimeLength)) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    ms = ms * static_cast<std::int64_t>(kDigits.size()) + static_cast<std::int64_t>(digit);
  }
  return from_unix_ms(ms);
}

}  // namespace kuramori::gate
