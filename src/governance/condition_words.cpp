#include <algorithm>

#include "governance/policy_review.hpp"

namespace kuramori::governance {

namespace {

using Kind = Condition::Kind;

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text.append(separator);
    text.append(part);
  }
  return text;
}

template <class Name>
std::vector<std::string> named_bits(std::uint64_t bits, std::size_t count, Name name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    if ((bits >> i & 1U) != 0) names.emplace_back(name(i));
  }
  return names;
}

std::vector<std::string> words_of_bits(const Condition& condition, const LabelLattice& labels) {
  switch (condition.kind) {
    case Kind::Destination:
      return named_bits(condition.bits, kDestinations,
                        [](std::size_t i) { return to_string(static_cast<Destination>(i)); });
    case Kind::Link:
      return named_bits(condition.bits, kLinkVerdicts,
                        [](std::size_t i) { return to_string(static_cast<LinkVerdict>(i)); });
    case Kind::Label:
      return named_bits(condition.bits, labels.labels().size(),
                        [&](std::size_t i) { return labels.id(static_cast<LabelIndex>(i)); });
    case Kind::RoomClass:
      return named_bits(condition.bits, 2, [](std::size_t i) { return i == 0 ? "managed" : "sealed"; });
    default: {
      constexpr std::array<std::string_view, 4> kStates{"encrypted", "unreadable", "malware", "not_scanned"};
      return named_bits(condition.bits, kStates.size(), [&](std::size_t i) { return kStates[i]; });
    }
  }
}

std::string leaf_words(const Condition& condition, const LabelLattice& labels) {
  const std::string name(name_of(condition.kind));
  switch (condition.kind) {
    case Kind::Destination:
    case Kind::Link:
    case Kind::Label:
    case Kind::RoomClass:
    case Kind::FileState:
      return name + " " + joined(words_of_bits(condition, labels), "|");
    case Kind::Network: {
      return name + " of " + std::to_string(condition.networks.size()) + " networks";
    }
    case Kind::Finding:
      return name + " " + condition.reference + " >=" + std::to_string(condition.minimum) + " " +
             std::to_string(static_cast<int>(condition.confidence));
    case Kind::Keyword:
    case Kind::Counter:
      return name + " " + condition.reference + " >=" + std::to_string(condition.minimum);
    case Kind::FieldSize:
    case Kind::FileBytes:
      return name + " " + condition.reference + " " + std::to_string(condition.minimum) + ".." +
             std::to_string(condition.maximum);
    case Kind::Contact:
    case Kind::LabelLowered:
    case Kind::Forwarded:
    case Kind::NoForward:
      return name + (condition.minimum == 1 ? " true" : " false");
    case Kind::Clearance:
      return name + " below label";
    case Kind::Time:
      return name + " window";
    default:
      return name + " " + joined(condition.values, "|");
  }
}

}  // namespace

std::string describe(const Condition& condition, const LabelLattice& labels) {
  if (condition.kind != Kind::All && condition.kind != Kind::Any && condition.kind != Kind::Not &&
      condition.kind != Kind::Near) {
    return leaf_words(condition, labels);
  }
  std::vector<std::string> parts;
  for (const Condition& child : condition.children) parts.push_back(describe(child, labels));
  std::ranges::sort(parts);  // the order of conditions means nothing
  std::string text = std::string(name_of(condition.kind)) + "(" + joined(parts, ", ");
  if (condition.kind == Kind::Near) text += ", within " + std::to_string(condition.maximum);
  return text + ")";
}

}  // namespace kuramori::governance
