#include "governance/policy_review.hpp"

#include <algorithm>
#include <set>

namespace kuramori::governance {

namespace {

using Kind = Condition::Kind;

// A rule as a set of demands, all of which must hold.
struct Demands {
  const Rule* rule = nullptr;
  std::set<std::string> conjuncts;
};

// Two networks or windows look alike in words and need not be.
bool is_told_whole(const Condition& condition) {
  if (condition.kind == Kind::Network || condition.kind == Kind::Time) return false;
  return std::ranges::all_of(condition.children, is_told_whole);
}

void collect(const Condition& condition, const LabelLattice& labels, Demands& demands) {
  if (condition.kind == Kind::All) {
    for (const Condition& child : condition.children) collect(child, labels, demands);
    return;
  }
  std::string words = describe(condition, labels);
  // What words cannot tell apart is a demand of its own.
  if (!is_told_whole(condition)) words += " #" + std::to_string(demands.conjuncts.size()) + demands.rule->id;
  demands.conjuncts.insert(std::move(words));
}

bool covers_name(const std::string& one, const std::string& other) {
  if (one == other || one == "*") return true;
  return one.ends_with(".*") && other.starts_with(std::string_view(one).substr(0, one.size() - 1));
}

bool covers_all(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  return std::ranges::all_of(other, [&](const std::string& name) {
    return std::ranges::any_of(one, [&](const std::string& mine) { return covers_name(mine, name); });
  });
}

// Globs: an empty list is everything; otherwise each of the other's must stand in one's.
bool covers_globs(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  if (one.empty()) return true;
  return !other.empty() && std::ranges::all_of(other, [&](const std::string& glob) {
    return std::ranges::find(one, glob) != one.end() || std::ranges::find(one, "*") != one.end();
  });
}

// Whether every act that `other` matches is matched by `one`, as far as can be told from the words.
bool covers(const Demands& one, const Demands& other) {
  const ResourceMatcher& a = one.rule->resource;
  const ResourceMatcher& b = other.rule->resource;
  return covers_all(one.rule->operations, other.rule->operations) && covers_globs(a.rooms, b.rooms) &&
         covers_globs(a.event_types, b.event_types) && covers_globs(a.users, b.users) &&
         covers_globs(a.names, b.names) && std::ranges::includes(other.conjuncts, one.conjuncts);
}

bool is_content(Kind kind) {
  return kind == Kind::Finding || kind == Kind::Keyword || kind == Kind::Near || kind == Kind::FieldSize ||
         kind == Kind::Link;
}

bool is_file(Kind kind) {
  return kind == Kind::FileType || kind == Kind::FileBytes || kind == Kind::FileState;
}

class Reviewer {
 public:
  Reviewer(const PolicyDocument& document, const ReviewOptions& options) : options_(options) {
    for (const auto* list : {&document.rules, &document.derived}) {
      for (const Rule& rule : *list) {
        if (!rule.enabled) continue;
        if (list == &document.rules) ++written_;
        Demands& demands = demands_.emplace_back();
        demands.rule = &rule;
        if (rule.when) collect(*rule.when, document.labels, demands);
      }
    }
  }

  std::vector<Remark> run() {
    for (std::size_t i = 0; i < demands_.size() && !is_full(); ++i) {
      look_alone(demands_[i]);
      // What follows from labels and the matrix is nobody's to change.
      if (i < std::min(options_.compared_rules_max, written_)) compare(i);
    }
    return std::move(remarks_);
  }

 private:
  bool is_full() const { return remarks_.size() >= options_.remarks_max; }

  void add(Remark::Kind kind, const Demands& demands, const Rule* other, std::string message) {
    if (is_full()) return;
    remarks_.push_back({.kind = kind,
                        .rule = demands.rule->id,
                        .other = other == nullptr ? std::string() : other->id,
                        .message = std::move(message),
                        .example = example_of(demands)});
  }

  static std::string example_of(const Demands& demands) {
    const Rule& rule = *demands.rule;
    std::string text = rule.operations.empty() ? "any act" : rule.operations.front();
    if (!rule.resource.rooms.empty()) text += " in room " + rule.resource.rooms.front();
    if (!rule.resource.event_types.empty()) text += " of type " + rule.resource.event_types.front();
    for (const std::string& demand : demands.conjuncts) text += ", " + demand.substr(0, demand.find(" #"));
    return text;
  }

  void look_alone(const Demands& demands) {
    const Rule& rule = *demands.rule;
    if (!rule.when) return;
    for (const std::string& demand : demands.conjuncts) {
      if (demands.conjuncts.contains("not(" + demand + ")"))
        return add(Remark::Kind::NeverMatches, demands, nullptr,
                   "It asks for '" + demand + "' and for its opposite.");
    }
    check_disjoint(demands, *rule.when);
    check_leaves(demands, *rule.when);
  }

  // Of one act there is one role, one destination, one label, one class of room.
  void check_disjoint(const Demands& demands, const Condition& condition) {
    if (condition.kind != Kind::All) return;
    for (const Kind kind : {Kind::Destination, Kind::Label, Kind::RoomClass}) {
      std::uint64_t bits = ~std::uint64_t{0};
      std::size_t count = 0;
      for (const Condition& child : condition.children) {
        if (child.kind != kind) continue;
        bits &= child.bits;
        ++count;
      }
      if (count > 1 && bits == 0)
        add(Remark::Kind::NeverMatches, demands, nullptr,
            "Its conditions '" + std::string(name_of(kind)) + "' exclude each other.");
    }
    std::vector<std::string> roles;
    bool first = true;
    for (const Condition& child : condition.children) {
      if (child.kind != Kind::Role) continue;
      if (first) {
        roles = child.values;
      } else {
        std::erase_if(roles, [&](const auto& role) {
          return std::ranges::find(child.values, role) == child.values.end();
        });
      }
      first = false;
    }
    if (!first && roles.empty())
      add(Remark::Kind::NeverMatches, demands, nullptr, "Its conditions 'role' exclude each other.");
  }

  void check_leaves(const Demands& demands, const Condition& condition) {
    const auto only_operation = [&](auto predicate) {
      return std::ranges::all_of(demands.rule->operations, predicate);
    };
    if ((condition.kind == Kind::FieldSize || condition.kind == Kind::FileBytes) &&
        condition.minimum > condition.maximum) {
      add(Remark::Kind::NeverMatches, demands, nullptr, "Its smallest size is above its largest.");
    }
    if (is_file(condition.kind) && only_operation([](const std::string& name) {
          return name != "*" && !name.starts_with("file.") && !name.starts_with("media.");
        })) {
      add(Remark::Kind::NeverMatches, demands, nullptr,
          "It looks at a file, and none of its operations is about one (file.inspect).");
    }
    if (is_content(condition.kind) && only_operation([](const std::string& name) { return name == "sync"; }))
      add(Remark::Kind::NeverMatches, demands, nullptr,
          "It looks at content, and 'sync' has none to look at.");
    if (condition.kind == Kind::Department && options_.has_unit) {
      for (const std::string& unit : condition.values) {
        if (!options_.has_unit(unit))
          add(Remark::Kind::UnknownReference, demands, nullptr,
              "The organisation has no unit '" + unit + "'.");
      }
    }
    for (const Condition& child : condition.children) check_leaves(demands, child);
  }

  void compare(std::size_t i) {
    const Demands& mine = demands_[i];
    if (mine.rule->id.starts_with("label.")) return;  // follows from a label: nothing to take back
    const std::size_t count = std::min(demands_.size(), options_.compared_rules_max);
    for (std::size_t j = 0; j < count && !is_full(); ++j) {
      if (i == j) continue;
      const Demands& other = demands_[j];
      const bool is_stronger = other.rule->effect > mine.rule->effect;
      const bool is_first = other.rule->effect == mine.rule->effect && j < i;
      if ((!is_stronger && !is_first) || !covers(other, mine)) continue;
      // What is masked, labelled or noted happens besides whatever decides.
      const bool adds = !mine.rule->obligations.empty() || mine.rule->effect == Effect::Mask;
      if (other.rule->effect != Effect::Refuse && adds) continue;
      if (covers(mine, other) && is_stronger) {
        add(Remark::Kind::Contradicts, mine, other.rule,
            "'" + other.rule->id + "' says '" + std::string(to_string(other.rule->effect)) +
                "' of exactly the same acts, and is stronger.");
      } else {
        add(Remark::Kind::Shadowed, mine, other.rule,
            "Whatever it matches is decided by '" + other.rule->id + "'.");
      }
      return;
    }
  }

  const ReviewOptions& options_;
  std::vector<Demands> demands_;  // the rules as written first
  std::size_t written_ = 0;
  std::vector<Remark> remarks_;
};

}  // namespace

std::string_view to_string(Remark::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames{"never_matches", "contradicts", "shadowed",
                                                   "unknown_reference"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Remark> review(const PolicyDocument& document, const ReviewOptions& options) {
  return Reviewer(document, options).run();
}

}  // namespace kuramori::governance
