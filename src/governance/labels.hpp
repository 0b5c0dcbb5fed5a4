// The labels of an organisation: a lattice, from what everybody may know to what few may. A content that
// comes from two others carries the least label that is above both.
//
//   LabelLattice lattice = LabelLattice::standard();      // public < internal < confidential < secret
//   lattice.join(*lattice.find("public"), *lattice.find("secret"));
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "governance/decision.hpp"

namespace kuramori::governance {

// How far content with a label may go.
enum class Reach : std::uint8_t { Organisation, Partners, Customers, Anywhere };
std::string_view to_string(Reach reach);

// What is done with content of a label; rules are made of it (label_rules).
struct Handling {
  Reach reach = Reach::Anywhere;
  bool may_forward = true;
  bool may_download = true;
  bool view_only = false;            // documents are shown page by page and never given out
  bool encrypt = false;              // only in rooms that are encrypted end to end
  bool back_up = true;               // whether backups hold its content (backup/omissions.hpp)
  std::uint32_t retention_days = 0;  // 0: as the organisation keeps everything
  friend bool operator==(const Handling&, const Handling&) = default;
};

struct Label {
  std::string id;
  Explanation names;
  std::vector<std::string> above;  // the labels right below this one
  Handling handling;
};

using LabelIndex = std::uint8_t;
using LabelSet = std::uint64_t;  // a bit per label

class LabelLattice {
 public:
  static constexpr std::size_t kLabelsMax = 64;

  static const std::vector<Label>& standard_labels();
  static LabelLattice standard();
  // What is wrong with the labels, or empty: circles, unknown names, two labels without a least one above
  // both.
  static std::vector<std::string> problems_of(std::span<const Label> labels);
  // The labels have no problems. `unlabelled` is what content without a label counts as.
  LabelLattice(std::vector<Label> labels, std::string_view unlabelled);

  std::span<const Label> labels() const { return labels_; }
  LabelIndex unlabelled() const { return unlabelled_; }
  std::optional<LabelIndex> find(std::string_view id) const;
  const std::string& id(LabelIndex label) const { return labels_[label].id; }
  // Whether `one` is at least as high as `other`.
  bool dominates(LabelIndex one, LabelIndex other) const { return (below_[one] >> other & 1U) != 0; }
  LabelIndex join(LabelIndex one, LabelIndex other) const;
  LabelSet at_least(LabelIndex label) const;

 private:
  std::vector<Label> labels_;
  std::vector<LabelSet> below_;  // of each label: itself and everything below
  LabelIndex unlabelled_ = 0;
};

// The key of content and of room state that carries a label.
constexpr std::string_view kLabelKey = "org.kuramori.label";
// The operation that gives a message another label: {"label": "internal", "before": "secret"}.
constexpr std::string_view kSetLabelOperation = "label.set";
// The key of content that came from another room: {"org.kuramori.forwarded": {"hops": 1}}.
constexpr std::string_view kForwardedKey = "org.kuramori.forwarded";
// The key of content that is not passed on to other rooms, whatever its label: true. The server sets it where
// a rule asks for it; a sender may.
constexpr std::string_view kNoForwardKey = "org.kuramori.no_forward";
// The label that content carries: {"org.kuramori.label": {"label": "secret"}}; empty when it carries none.
std::string_view label_of(const json::Object& content);

}  // namespace kuramori::governance
