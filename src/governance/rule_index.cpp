#include "governance/rule_index.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "base/assert.hpp"
#include "governance/characters.hpp"
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

using Wording = std::tuple<Kind, std::vector<std::string>, std::uint64_t>;

unsigned char small_octet(char c) {
  return static_cast<unsigned char>(lower(c));
}

}  // namespace

std::size_t RuleIndex::NameHash::operator()(std::string_view name) const {
  std::uint64_t hash = 14'695'981'039'346'656'037U;  // FNV-1a
  for (const char c : name) hash = (hash ^ small_octet(c)) * 1'099'511'628'211U;
  return static_cast<std::size_t>(hash ^ hash >> 32);
}

bool RuleIndex::NameEqual::operator()(std::string_view one, std::string_view other) const {
  return std::ranges::equal(one, other, {}, small_octet, small_octet);
}

RuleIndex::RuleIndex(std::span<const Rule* const> rules, Label label) {
  std::map<Wording, std::size_t> wordings;
  for (std::uint32_t place = 0; place < rules.size(); ++place) {
    const Choice choice = choice_of(*rules[place], label);
    const auto put = [&](ByName& names) {
      for (const std::string& name : choice.names) names[name].push_back(place);
    };
    switch (choice.shelf) {
      case Shelf::Room:
        put(rooms_);
        break;
      case Shelf::ResourceUser:
        put(resource_users_);
        break;
      case Shelf::ResourceName:
        put(resource_names_);
        break;
      case Shelf::User:
        put(users_);
        break;
      case Shelf::Device:
        put(devices_);
        break;
      case Shelf::Department:
        put(departments_);
        break;
      case Shelf::EventType:
        put(event_types_);
        break;
      case Shelf::Role:
        put(roles_);
        break;
      case Shelf::Finding:
        for (const std::uint32_t source : choice.sources) {
          if (by_source_.size() <= source) by_source_.resize(source + 1);
          by_source_[source].push_back(place);
        }
        break;
      case Shelf::Shared: {
        const Condition& condition = *choice.shared;
        const auto [known, fresh] =
            wordings.emplace(Wording{condition.kind, condition.values, condition.bits}, shared_.size());
        if (fresh) shared_.push_back({condition, {}});
        shared_[known->second].places.push_back(place);
        break;
      }
      case Shelf::Always:
        always_.push_back(place);
        break;
    }
  }
}

void RuleIndex::take(const ByName& names, std::string_view name, Places& places) {
  if (names.empty()) return;
  if (const auto found = names.find(name); found != names.end())
    places.insert(places.end(), found->second.begin(), found->second.end());
}

void RuleIndex::take_departments(const Evaluation& evaluation, Places& places) const {
  const Surroundings* around = evaluation.question.surroundings;
  if (departments_.empty() || around == nullptr) return;
  const std::string_view user = evaluation.question.subject.user;
  thread_local std::vector<std::string_view> units;
  units.clear();
  if (around->list_units(user, units)) {
    for (const std::string_view unit : units) take(departments_, unit, places);
    return;
  }
  for (const auto& [unit, of_unit] : departments_) {
    if (around->works_in(user, unit)) places.insert(places.end(), of_unit.begin(), of_unit.end());
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
  places.insert(places.end(), always_.begin(), always_.end());
  take(rooms_, question.resource.room, places);
  take(resource_users_, question.resource.user, places);
  take(resource_names_, question.resource.name, places);
  take(event_types_, question.resource.event_type, places);
  take(users_, question.subject.user, places);
  take(devices_, question.subject.device, places);
  take(roles_, question.subject.role, places);
  take_departments(evaluation, places);
  for (const Shared& shared : shared_) {
    if (holds(shared.condition, evaluation))
      places.insert(places.end(), shared.places.begin(), shared.places.end());
  }
  take_findings(evaluation, places);
  const auto fresh = places.begin() + static_cast<std::ptrdiff_t>(before);
  std::sort(fresh, places.end());
  places.erase(std::unique(fresh, places.end()), places.end());
}

}  // namespace kuramori::governance
