#include "governance/surroundings.hpp"

#include <algorithm>
#include <array>

#include "governance/labels.hpp"

namespace kuramori::governance {

namespace {

constexpr std::array<std::string_view, kDestinations> kDestinationNames{"own_department", "other_department",
                                                                        "partner", "customer", "outside"};
constexpr std::array<std::string_view, kLinkVerdicts> kVerdictNames{"malicious", "look_alike", "ip_literal",
                                                                    "shortener", "mismatch",   "unlisted"};

template <class Value, std::size_t Count>
std::optional<Value> named(const std::array<std::string_view, Count>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view to_string(Destination destination) {
  return kDestinationNames[static_cast<std::size_t>(destination)];
}
std::optional<Destination> destination_named(std::string_view name) {
  return named<Destination>(kDestinationNames, name);
}
std::string_view to_string(LinkVerdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}
std::optional<LinkVerdict> link_verdict_named(std::string_view name) {
  return named<LinkVerdict>(kVerdictNames, name);
}

bool is_not_passed_on(const json::Object& content, const ContentOrigin& origin) {
  if (origin.no_forward) return true;
  const json::Value* mark = json::find(content, kNoForwardKey);
  return mark != nullptr && mark->is_bool() && mark->get_bool();
}

}  // namespace kuramori::governance
