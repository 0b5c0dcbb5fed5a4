// What makes a content no organisation: references that lead nowhere, circles, doubles.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "organisation/directory.hpp"

namespace kuramori::organisation {
namespace {

class StructureCheck {
 public:
  explicit StructureCheck(const Content& content) : content_(content) {}

  std::vector<Problem> run() {
    if (!is_bounded()) return std::move(problems_);
    for (const Unit& unit : content_.units) add_unit(unit);
    for (const Person& person : content_.people) add_person(person);
    for (const Contact& contact : content_.contacts) add_contact(contact);
    for (const Unit& unit : content_.units) check(unit);
    for (const Person& person : content_.people) check(person);
    for (const Contact& contact : content_.contacts) check(contact);
    for (const VisibilityRule& rule : content_.visibility) check(rule);
    check_circles();
    return std::move(problems_);
  }

 private:
  using Links = std::unordered_map<std::string_view, std::string_view>;

  static std::string named(const Unit& unit) { return "unit " + unit.id; }
  static std::string named(const Person& person) { return "person " + person.user.str(); }
  static std::string named(const Contact& contact) { return "contact " + contact.user.str(); }
  static std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

  void report(std::string subject, std::string message) {
    if (problems_.size() < Bounds::kProblems)
      problems_.push_back({.subject = std::move(subject), .message = std::move(message)});
  }

  bool is_bounded() {
    const auto bound = [&](std::string_view what, std::size_t count, std::size_t most) {
      if (count > most)
        report(std::string(what),
               "there are " + std::to_string(count) + ", at most " + std::to_string(most) + " are possible");
    };
    bound("units", content_.units.size(), Bounds::kUnits);
    bound("people", content_.people.size() + content_.contacts.size(), Bounds::kPeople);
    return problems_.empty();
  }

  void add_unit(const Unit& unit) {
    if (!units_.emplace(unit.id, &unit).second) report(named(unit), "appears more than once");
  }
  void add_person(const Person& person) {
    if (!people_.emplace(person.user.view(), &person).second) report(named(person), "appears more than once");
    for (const std::string& role : person.roles) roles_.insert(role);
  }
  void add_contact(const Contact& contact) {
    if (people_.contains(contact.user.view())) report(named(contact), "is an employee too");
    if (!contacts_.insert(contact.user.view()).second) report(named(contact), "appears more than once");
  }

  bool is_employed(const UserId& user) const {
    const auto found = people_.find(user.view());
    return found != people_.end() && found->second->employment != Employment::Left;
  }

  void check(const Unit& unit) {
    if (unit.parent.empty()) {
      if (unit.kind == UnitKind::Department)
        report(named(unit), "belongs to nothing: a department needs a parent");
    } else if (const auto parent = units_.find(unit.parent); parent == units_.end()) {
      report(named(unit), "has the parent " + quoted(unit.parent) + ", which does not exist");
    } else if (unit.kind == UnitKind::LegalEntity && parent->second->kind == UnitKind::Department) {
      report(named(unit), "is a legal entity and cannot belong to the department " + quoted(unit.parent));
    }
    if (!unit.head.empty() && !is_employed(unit.head))
      report(named(unit), "has the head " + quoted(unit.head.view()) + ", who does not work here");
  }

  void check(const Person& person) {
    if (person.posts.empty() && person.employment != Employment::Left)
      report(named(person), "has no post: name the unit that the person works in");
    for (const Post& post : person.posts) {
      if (!units_.contains(post.unit))
        report(named(person), "works in " + quoted(post.unit) + ", which does not exist");
    }
    if (person.manager == person.user) {
      report(named(person), "is the person's own manager");
    } else if (!person.manager.empty() && !is_employed(person.manager)) {
      report(named(person), "has the manager " + quoted(person.manager.view()) + ", who does not work here");
    }
  }

  void check(const Contact& contact) {
    if (!is_employed(contact.owner))
      report(named(contact), "has the owner " + quoted(contact.owner.view()) + ", who does not work here");
  }

  void check(const VisibilityRule& rule) {
    const std::string subject = "visibility rule " + rule.id;
    if (!rules_.insert(rule.id).second) report(subject, "appears more than once");
    for (const Selector* selector : {&rule.who, &rule.whom}) {
      if (selector->kind == Selector::Kind::Unit && !units_.contains(selector->value))
        report(subject, "names the unit " + quoted(selector->value) + ", which does not exist");
      if (selector->kind == Selector::Kind::Role && !roles_.contains(selector->value))
        report(subject, "names the role " + quoted(selector->value) + ", which nobody has");
    }
  }

  void check_circles() {
    Links parents;
    for (const Unit& unit : content_.units) {
      if (units_.contains(unit.parent)) parents.emplace(unit.id, unit.parent);
    }
    find_circles(parents, "units", "belong to each other in a circle");
    Links managers;
    for (const Person& person : content_.people) {
      if (person.manager != person.user && people_.contains(person.manager.view()))
        managers.emplace(person.user.view(), person.manager.view());
    }
    find_circles(managers, "people", "are each other's managers in a circle");
  }

  // Each chain is walked once: where it meets one that was walked before, it needs no second look.
  void find_circles(const Links& links, std::string_view what, std::string_view complaint) {
    std::unordered_map<std::string_view, std::size_t> walk_of;
    std::unordered_map<std::string_view, std::size_t> depth_of;
    std::size_t walk = 0;
    std::vector<std::string_view> path;
    for (const auto& [start, ignored] : links) {
      ++walk;
      path.clear();
      bool is_circle = false;
      std::string_view at = start;
      for (;;) {
        const auto [seen, is_new] = walk_of.emplace(at, walk);
        if (!is_new) {
          is_circle = seen->second == walk;
          break;
        }
        path.push_back(at);
        const auto next = links.find(at);
        if (next == links.end()) break;
        at = next->second;
      }
      if (is_circle) {
        report_circle(path, at, what, complaint);
        for (const std::string_view passed : path) depth_of[passed] = 0;
        continue;
      }
      note_depths(path, at, depth_of, what);
    }
  }

  void report_circle(const std::vector<std::string_view>& path, std::string_view at, std::string_view what,
                     std::string_view complaint) {
    // The same circle is told in the same words wherever it was entered.
    auto first = std::ranges::find(path, at);
    std::vector<std::string_view> circle(first, path.end());
    std::ranges::rotate(circle, std::ranges::min_element(circle));
    std::string text;
    constexpr std::size_t kNamed = 8;
    for (std::size_t i = 0; i < std::min(circle.size(), kNamed); ++i) text += std::string(circle[i]) + " → ";
    text += circle.size() > kNamed ? "…" : std::string(circle.front());
    report(std::string(what), std::string(complaint) + ": " + text);
  }

  void note_depths(const std::vector<std::string_view>& path, std::string_view at,
                   std::unordered_map<std::string_view, std::size_t>& depth_of, std::string_view what) {
    const auto known = depth_of.find(at);
    std::size_t depth = known == depth_of.end() ? 0 : known->second;
    for (auto passed = path.rbegin(); passed != path.rend(); ++passed) {
      const std::size_t own = ++depth;
      depth_of[*passed] = own;
      if (own == Bounds::kDepth + 1)
        report(std::string(what),
               "lie deeper than " + std::to_string(Bounds::kDepth) + " at " + quoted(*passed));
    }
  }

  const Content& content_;
  std::unordered_map<std::string_view, const Unit*> units_;
  std::unordered_map<std::string_view, const Person*> people_;
  std::unordered_set<std::string_view> contacts_;
  std::unordered_set<std::string_view> roles_;
  std::unordered_set<std::string_view> rules_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> problems_of(const Content& content) {
  return StructureCheck(content).run();
}

}  // namespace kuramori::organisation
