#include "governance/rule_index.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

#include "base/assert.hpp"
#include "governance/surroundings.hpp"

namespace kuramori::governance {

namespace {

using Kind = Condition::Kind;

// Where a rule may lie, the one that lets fewest acts through first.
enum class Shelf : std::uint8_t {
  Room,
  ResourceUser,
  ResourceName,
  User,
  Device,
  Department,
  EventType,
  Finding,
  Role,
  Shared,
  Always
};

struct Choice {
  Shelf shelf = Shelf::Always;
  std::vector<std::string> names = {};
  std::vector<std::uint32_t> sources = {};
  const Condition* shared = nullptr;
};

bool is_exact(const std::string& glob) {
  return glob.find_first_of("*?") == std::string::npos;
}

bool are_exact(const std::vector<std::string>& globs) {
  return !globs.empty() && std::ranges::all_of(globs, is_exact);
}

bool is_content_leaf(const Condition& condition) {
  return condition.kind == Kind::Finding || condition.kind == Kind::Keyword || condition.kind == Kind::Near;
}

// Whether asking the condition has the content inspected, whatever else holds.
bool always_inspects(const Condition& condition) {
  if (is_content_leaf(condition)) return true;
  const bool is_list = condition.kind == Kind::All || condition.kind == Kind::Any;
  return is_list && !condition.children.empty() && std::ranges::all_of(condition.children, always_inspects);
}

// Sources of which one at least is found wherever the condition holds.
void sources_of(const Condition& condition, std::vector<std::uint32_t>& sources) {
  switch (condition.kind) {
    case Kind::Finding:
    case Kind::Keyword:
      sources.push_back(condition.source);
      return;
    case Kind::Near:
    case Kind::All:
      return sources_of(condition.children.front(), sources);
    default:
      for (const Condition& child : condition.children) sources_of(child, sources);
  }
}

// Conditions that cost little and that many rules ask in the same words.
bool is_shareable(Kind kind, RuleIndex::Label label) {
  switch (kind) {
    case Kind::Destination:
    case Kind::RoomClass:
    case Kind::OrganisationRole:
    case Kind::Region:
    case Kind::Employment:
    case Kind::UserServer:
    case Kind::FileState:
    case Kind::FileType:
      return true;
    case Kind::Label:
      return label == RuleIndex::Label::IsKnown;
    default:
      return false;
  }
}

Choice choice_of_leaf(const Condition& condition, RuleIndex::Label label) {
  const auto named = [&](Shelf shelf) {
    return are_exact(condition.values) ? Choice{.shelf = shelf, .names = condition.values} : Choice();
  };
  switch (condition.kind) {
    case Kind::User:
      return named(Shelf::User);
    case Kind::Device:
      return named(Shelf::Device);
    case Kind::Role:
      return {.shelf = Shelf::Role, .names = condition.values};
    case Kind::Department:
      return {.shelf = Shelf::Department, .names = condition.values};
    default:
      return is_shareable(condition.kind, label) ? Choice{.shelf = Shelf::Shared, .shared = &condition}
                                                 : Choice();
  }
}

void consider(Choice& best, Choice other) {
  if (other.shelf < best.shelf) best = std::move(other);
}

// Of a condition without content.
Choice choice_of(const Condition& condition, RuleIndex::Label label) {
  Choice best;
  switch (condition.kind) {
    case Kind::All:
      for (const Condition& child : condition.children) consider(best, choice_of(child, label));
      return best;
    case Kind::Any: {
      // All alternatives on one shelf, or none.
      for (const Condition& child : condition.children) {
        Choice one = choice_of(child, label);
        const bool fits = one.shelf < Shelf::Shared && one.shelf != Shelf::Finding &&
                          (best.names.empty() || one.shelf == best.shelf);
        if (!fits) return {};
        best.shelf = one.shelf;
        best.names.insert(best.names.end(), one.names.begin(), one.names.end());
      }
      return best;
    }
    case Kind::Not:
      return {};
    default:
      return choice_of_leaf(condition, label);
  }
}

Choice choice_of(const Rule& rule, RuleIndex::Label label) {
  Choice best;
  const ResourceMatcher& resource = rule.resource;
  const auto consider_names = [&](Shelf shelf, const std::vector<std::string>& globs) {
    if (are_exact(globs)) consider(best, {.shelf = shelf, .names = globs});
  };
  consider_names(Shelf::Room, resource.rooms);
  consider_names(Shelf::ResourceUser, resource.users);
  consider_names(Shelf::ResourceName, resource.names);
  consider_names(Shelf::EventType, resource.event_types);
  if (!rule.when) return best;
  consider(best, choice_of(*rule.when, label));
  const bool is_about_everything = resource.rooms.empty() && resource.users.empty() &&
                                   resource.names.empty() && resource.event_types.empty();
  if (is_about_everything && always_inspects(*rule.when)) {
    Choice found{.shelf = Shelf::Finding};
    sources_of(*rule.when, found.sources);
    consider(best, std::move(found));
  }
  return best;
}

// Conditions of which each has to hold, besides what the rule lies under.
void guards_of(const Condition& condition, RuleIndex::Label label, std::vector<const Condition*>& guards) {
  if (condition.kind == Kind::All) {
    for (const Condition& child : condition.children) guards_of(child, label, guards);
  } else if (is_shareable(condition.kind, label)) {
    guards.push_back(&condition);
  }
}

using Wording = std::tuple<Kind, std::vector<std::string>, std::uint64_t>;
Wording wording_of(const Condition& condition) {
  return {condition.kind, condition.values, condition.bits};
}

}  // namespace

class RuleIndex::Taking {
 public:
  Taking(const RuleIndex& index, const Evaluation& evaluation, Places& places)
      : index_(index), evaluation_(evaluation), places_(places) {}

  const Evaluation& evaluation() const { return evaluation_; }
  void take(Shelf shelf, std::string_view name) {
    const auto kind = static_cast<unsigned>(shelf);
    if ((index_.kinds_of_names_ >> kind & 1U) != 0) take(index_.by_name_.find(kind, name));
  }
  void take(std::span<const Posting> postings) {
    for (const Posting& posting : postings) {
      if (pass(posting.needs)) places_.push_back(posting.place);
    }
  }

 private:
  bool pass(std::uint64_t needs) {
    if ((needs & failed_) != 0) return false;
    for (std::uint64_t open = needs & ~held_; open != 0; open &= open - 1) {
      const auto guard = static_cast<std::size_t>(std::countr_zero(open));
      const std::uint64_t bit = std::uint64_t{1} << guard;
      if (!holds(index_.guards_[guard], evaluation_)) {
        failed_ |= bit;
        return false;
      }
      held_ |= bit;
    }
    return true;
  }

  const RuleIndex& index_;
  const Evaluation& evaluation_;
  Places& places_;
  std::uint64_t held_ = 0;
  std::uint64_t failed_ = 0;
};

// Puts each rule on its shelf, with its guards.
class RuleIndexing {
 public:
  RuleIndexing(RuleIndex& index, std::span<const Rule* const> rules, RuleIndex::Label label)
      : index_(index), rules_(rules), label_(label) {}

  void run() {
    choose_guards();
    for (std::uint32_t place = 0; place < rules_.size(); ++place)
      put(choice_of(*rules_[place], label_), {.needs = needs_of(*rules_[place]), .place = place});
    index_.by_name_.seal();
  }

 private:
  // The conditions that most rules ask.
  void choose_guards() {
    std::map<Wording, std::pair<const Condition*, std::size_t>> counted;
    std::vector<const Condition*> guards;
    for (const Rule* rule : rules_) {
      guards.clear();
      if (rule->when) guards_of(*rule->when, label_, guards);
      for (const Condition* guard : guards) {
        auto& [condition, count] = counted[wording_of(*guard)];
        condition = guard;
        ++count;
      }
    }
    std::vector<std::pair<const Condition*, std::size_t>> popular;
    for (const auto& [wording, guard] : counted) popular.push_back(guard);
    std::ranges::sort(popular, std::ranges::greater{}, &std::pair<const Condition*, std::size_t>::second);
    if (popular.size() > RuleIndex::kGuardsMax) popular.resize(RuleIndex::kGuardsMax);
    for (const auto& [condition, count] : popular) {
      guard_of_.emplace(wording_of(*condition), index_.guards_.size());
      index_.guards_.push_back(*condition);
    }
  }

  std::uint64_t needs_of(const Rule& rule) const {
    std::vector<const Condition*> guards;
    if (rule.when) guards_of(*rule.when, label_, guards);
    std::uint64_t needs = 0;
    for (const Condition* guard : guards) {
      const auto found = guard_of_.find(wording_of(*guard));
      if (found != guard_of_.end()) needs |= std::uint64_t{1} << found->second;
    }
    return needs;
  }

  void put(const Choice& choice, Posting posting) {
    if (choice.shelf == Shelf::Finding) {
      for (const std::uint32_t source : choice.sources) {
        if (index_.by_source_.size() <= source) index_.by_source_.resize(source + 1);
        index_.by_source_[source].push_back(posting.place);
      }
    } else if (choice.shelf == Shelf::Shared) {
      const auto [known, fresh] = shared_.emplace(wording_of(*choice.shared), index_.shared_.size());
      if (fresh) index_.shared_.push_back({*choice.shared, {}});
      index_.shared_[known->second].postings.push_back(posting);
    } else if (choice.shelf == Shelf::Always) {
      index_.always_.push_back(posting);
    } else {
      put_under_names(choice, posting);
    }
  }

  void put_under_names(const Choice& choice, Posting posting) {
    const auto kind = static_cast<unsigned>(choice.shelf);
    index_.kinds_of_names_ |= 1U << kind;
    for (const std::string& name : choice.names) {
      index_.by_name_.put(kind, name, posting);
      if (choice.shelf != Shelf::Department) continue;
      const auto [known, fresh] = departments_.emplace(name, index_.departments_.size());
      if (fresh) index_.departments_.push_back({name, {}});
      index_.departments_[known->second].second.push_back(posting);
    }
  }

  RuleIndex& index_;
  std::span<const Rule* const> rules_;
  RuleIndex::Label label_;
  std::map<Wording, std::size_t> guard_of_;
  std::map<Wording, std::size_t> shared_;
  std::map<std::string, std::size_t> departments_;
};

RuleIndex::RuleIndex(std::span<const Rule* const> rules, Label label) {
  RuleIndexing(*this, rules, label).run();
}

void RuleIndex::take_departments(Taking& taking) const {
  const Question& question = taking.evaluation().question;
  const Surroundings* around = question.surroundings;
  if (departments_.empty() || around == nullptr) return;
  const std::string_view user = question.subject.user;
  thread_local std::vector<std::string_view> units;
  units.clear();
  if (around->list_units(user, units)) {
    for (const std::string_view unit : units) taking.take(Shelf::Department, unit);
    return;
  }
  for (const auto& [unit, of_unit] : departments_) {
    if (around->works_in(user, unit)) taking.take(of_unit);
  }
}

void RuleIndex::take_findings(const Evaluation& evaluation, Places& places) const {
  if (by_source_.empty()) return;
  thread_local std::vector<std::uint32_t> sources;
  sources.clear();
  evaluation.findings.found(sources);
  for (const std::uint32_t source : sources) {
    if (source < by_source_.size())
      places.insert(places.end(), by_source_[source].begin(), by_source_[source].end());
  }
}

void RuleIndex::candidates(const Evaluation& evaluation, std::vector<std::uint32_t>& places) const {
  const std::size_t before = places.size();
  const Question& question = evaluation.question;
  Taking taking(*this, evaluation, places);
  taking.take(always_);
  taking.take(Shelf::Room, question.resource.room);
  taking.take(Shelf::ResourceUser, question.resource.user);
  taking.take(Shelf::ResourceName, question.resource.name);
  taking.take(Shelf::EventType, question.resource.event_type);
  taking.take(Shelf::User, question.subject.user);
  taking.take(Shelf::Device, question.subject.device);
  taking.take(Shelf::Role, question.subject.role);
  take_departments(taking);
  for (const Shared& shared : shared_) {
    if (holds(shared.condition, evaluation)) taking.take(shared.postings);
  }
  take_findings(evaluation, places);
  const auto fresh = places.begin() + static_cast<std::ptrdiff_t>(before);
  if (places.end() - fresh < 2) return;
  std::sort(fresh, places.end());
  places.erase(std::unique(fresh, places.end()), places.end());
}

}  // namespace kuramori::governance
