// The organisation as policy asks for it. Immutable: a change makes a new one, and whoever holds the old one
// keeps a whole picture. Every answer is found from memory in the depth of the tree.
//
//   Checked checked = Directory::check(std::move(content));
//   if (checked.directory) checked.directory->works_in(user, "sales");
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "organisation/content.hpp"

namespace kuramori::organisation {

struct Bounds {
  static constexpr std::size_t kUnits = 100'000;
  static constexpr std::size_t kPeople = 1'000'000;
  static constexpr std::size_t kDepth = 64;  // of the tree, and of a line of managers
  static constexpr std::size_t kProblems = 200;
};

// What is wrong with a content, and where.
struct Problem {
  std::string subject;  // "unit sales", "person @aiko:example.org", …
  std::string message;
  friend bool operator==(const Problem&, const Problem&) = default;
};

struct Checked;

class Directory {
 public:
  // Every reference leads somewhere and nothing goes in a circle, or there are problems and no directory.
  static Checked check(Content content);

  const Content& content() const { return content_; }
  const Unit* unit(std::string_view id) const;  // null when there is none
  const Person* person(std::string_view user) const;
  const Person* person(const UserId& user) const { return person(user.view()); }
  const Contact* contact(std::string_view user) const;
  const Contact* contact(const UserId& user) const { return contact(user.view()); }

  // The unit itself counts.
  bool is_within(std::string_view unit, std::string_view ancestor) const;
  bool works_in(std::string_view user, std::string_view unit) const;
  bool works_in(const UserId& user, std::string_view unit) const { return works_in(user.view(), unit); }
  bool has_role(std::string_view user, std::string_view role) const;
  bool has_role(const UserId& user, std::string_view role) const { return has_role(user.view(), role); }
  // The nearest above the main post; null for who has left and for contacts.
  const Unit* legal_entity_of(const UserId& user) const;

  // Who decides for this person: the manager, else the head of the main unit, else of the units above it.
  // Whoever is absent, has left or is the person is passed over, upwards. Empty when nobody is left.
  UserId superior_of(const UserId& user) const;
  // From the superior to the top, each once.
  std::vector<UserId> chain_of_command(const UserId& user) const;

  // Whether `viewer` is shown that `target` exists, and may begin to talk. Without a rule that fits,
  // employees find and contact each other, and a contact and its owner one another; nobody else does.
  // An organisation that wrote no rules at all wants none: has_visibility_rules(). Nor do they speak of
  // people whom it does not know.
  bool has_visibility_rules() const { return !content_.visibility.empty(); }
  bool knows(std::string_view user) const { return person(user) != nullptr || contact(user) != nullptr; }
  bool may_find(const UserId& viewer, const UserId& target) const;
  bool may_contact(const UserId& viewer, const UserId& target) const;

 private:
  // Where a unit lies in a walk through the tree: a unit is within another when its numbers are.
  struct Node {
    std::size_t parent = kNone;
    std::uint32_t entered = 0;
    std::uint32_t left = 0;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Verdict {
    bool may_find;
    bool may_contact;
  };

  Directory() = default;
  void index();
  void number_tree();
  std::size_t index_of(std::string_view unit) const;
  bool is_available(const UserId& user) const;
  bool fits(const Selector& selector, const UserId& user) const;
  Verdict verdict(const UserId& viewer, const UserId& target) const;
  Verdict without_rule(const UserId& viewer, const UserId& target) const;

  Content content_;
  std::vector<Node> nodes_;  // as content_.units
  std::unordered_map<std::string_view, std::size_t> units_;
  std::unordered_map<std::string_view, std::size_t> people_;
  std::unordered_map<std::string_view, std::size_t> contacts_;
};

using DirectoryPtr = std::shared_ptr<const Directory>;

struct Checked {
  DirectoryPtr directory;         // null when there are problems
  std::vector<Problem> problems;  // at most Bounds::kProblems
};

// structure_check.cpp
std::vector<Problem> problems_of(const Content& content);

}  // namespace kuramori::organisation
