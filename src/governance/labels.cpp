#include "governance/labels.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace kuramori::governance {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::size_t place_of(std::span<const Label> labels, std::string_view id) {
  const auto found = std::ranges::find(labels, id, &Label::id);
  return found == labels.end() ? kNone : static_cast<std::size_t>(found - labels.begin());
}

// Of each label itself and everything below; with circles the members of one are below each other.
std::vector<LabelSet> closure(std::span<const Label> labels) {
  std::vector<LabelSet> below(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) below[i] = LabelSet{1} << i;
  for (bool grows = true; grows;) {
    grows = false;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      LabelSet all = below[i];
      for (const std::string& id : labels[i].above) {
        const std::size_t lower = place_of(labels, id);
        if (lower != kNone) all |= below[lower];
      }
      grows = grows || all != below[i];
      below[i] = all;
    }
  }
  return below;
}

// The label that is above both and below every other that is; nothing when there is no such label.
std::optional<LabelIndex> least_above(const std::vector<LabelSet>& below, std::size_t one,
                                      std::size_t other) {
  std::optional<LabelIndex> least;
  for (std::size_t candidate = 0; candidate < below.size(); ++candidate) {
    const bool is_above = (below[candidate] >> one & 1U) != 0 && (below[candidate] >> other & 1U) != 0;
    if (!is_above) continue;
    if (!least || (below[*least] >> candidate & 1U) != 0) {
      least = static_cast<LabelIndex>(candidate);
    } else if ((below[candidate] >> *least & 1U) == 0) {
      return std::nullopt;
    }
  }
  return least;
}

}  // namespace

std::string_view to_string(Reach reach) {
  constexpr std::array<std::string_view, 4> kNames{"organisation", "partners", "customers", "anywhere"};
  return kNames[static_cast<std::size_t>(reach)];
}

const std::vector<Label>& LabelLattice::standard_labels() {
  static const std::vector<Label> kLabels{
      {"public", {"public", "公开", "公開", "公開"}, {}, {}},
      {"internal", {"internal", "内部", "內部", "社内限り"}, {"public"}, {}},
      {"confidential", {"confidential", "机密", "機密", "秘"}, {"internal"}, {.reach = Reach::Customers}},
      {"secret",
       {"secret", "绝密", "絕密", "極秘"},
       {"confidential"},
       {.reach = Reach::Organisation, .may_forward = false, .may_download = false, .view_only = true}}};
  return kLabels;
}

LabelLattice LabelLattice::standard() {
  return {standard_labels(), "internal"};
}

std::vector<std::string> LabelLattice::problems_of(std::span<const Label> labels) {
  std::vector<std::string> problems;
  if (labels.empty() || labels.size() > kLabelsMax)
    return {"must be 1 to " + std::to_string(kLabelsMax) + " labels"};
  for (const Label& label : labels) {
    for (const std::string& id : label.above) {
      if (place_of(labels, id) == kNone)
        problems.push_back("'" + label.id + "' is above '" + id + "', which does not exist");
    }
  }
  if (!problems.empty()) return problems;
  const std::vector<LabelSet> below = closure(labels);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = i + 1; j < labels.size(); ++j) {
      const std::string pair = "'" + labels[i].id + "' and '" + labels[j].id + "'";
      if ((below[i] >> j & 1U) != 0 && (below[j] >> i & 1U) != 0) {
        problems.push_back(pair + " are each above the other");
      } else if (!least_above(below, i, j)) {
        problems.push_back(pair +
                           " have no single lowest label above both: what is made of them has no label");
      }
      if (problems.size() >= 20) return problems;
    }
  }
  return problems;
}

LabelLattice::LabelLattice(std::vector<Label> labels, std::string_view unlabelled)
    : labels_(std::move(labels)) {
  ensure(!labels_.empty() && labels_.size() <= kLabelsMax, "labels that were not checked");
  below_ = closure(labels_);
  unlabelled_ = find(unlabelled).value_or(0);
}

std::optional<LabelIndex> LabelLattice::find(std::string_view id) const {
  const std::size_t place = place_of(labels_, id);
  if (place == kNone) return std::nullopt;
  return static_cast<LabelIndex>(place);
}

LabelIndex LabelLattice::join(LabelIndex one, LabelIndex other) const {
  if (dominates(one, other)) return one;
  if (dominates(other, one)) return other;
  const auto least = least_above(below_, one, other);
  ensure(least.has_value(), "labels that were not checked");
  return *least;
}

LabelSet LabelLattice::at_least(LabelIndex label) const {
  LabelSet set = 0;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if ((below_[i] >> label & 1U) != 0) set |= LabelSet{1} << i;
  }
  return set;
}

std::string_view label_of(const json::Object& content) {
  const json::Value* carried = json::find(content, kLabelKey);
  if (carried == nullptr || !carried->is_object()) return {};
  const json::Value* label = json::find(carried->get_object(), "label");
  return label != nullptr && label->is_string() ? json::view(label->get_string()) : std::string_view{};
}

}  // namespace kuramori::governance
