#include "organisation/directory.hpp"

#include <algorithm>
#include <unordered_set>

namespace kuramori::organisation {

Checked Directory::check(Content content) {
  Checked checked{.directory = nullptr, .problems = problems_of(content)};
  if (!checked.problems.empty()) return checked;
  std::shared_ptr<Directory> directory(new Directory());
  directory->content_ = std::move(content);
  directory->index();
  checked.directory = std::move(directory);
  return checked;
}

// The keys are views into the content, which never moves again.
void Directory::index() {
  for (std::size_t i = 0; i < content_.units.size(); ++i) units_.emplace(content_.units[i].id, i);
  for (std::size_t i = 0; i < content_.people.size(); ++i) people_.emplace(content_.people[i].user.view(), i);
  for (std::size_t i = 0; i < content_.contacts.size(); ++i)
    contacts_.emplace(content_.contacts[i].user.view(), i);
  number_tree();
}

void Directory::number_tree() {
  nodes_.resize(content_.units.size());
  std::vector<std::vector<std::size_t>> children(nodes_.size());
  std::vector<std::size_t> path;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::string& parent = content_.units[i].parent;
    if (parent.empty()) continue;
    nodes_[i].parent = index_of(parent);
    children[nodes_[i].parent].push_back(i);
  }
  std::uint32_t number = 0;
  for (std::size_t root = 0; root < nodes_.size(); ++root) {
    if (nodes_[root].parent != kNone) continue;
    nodes_[root].entered = number++;
    path.assign(1, root);
    while (!path.empty()) {
      const std::size_t at = path.back();
      if (children[at].empty()) {
        nodes_[at].left = number;
        path.pop_back();
        continue;
      }
      const std::size_t child = children[at].back();
      children[at].pop_back();
      nodes_[child].entered = number++;
      path.push_back(child);
    }
  }
}

std::size_t Directory::index_of(std::string_view unit) const {
  const auto found = units_.find(unit);
  return found == units_.end() ? kNone : found->second;
}

const Unit* Directory::unit(std::string_view id) const {
  const std::size_t at = index_of(id);
  return at == kNone ? nullptr : &content_.units[at];
}

const Person* Directory::person(std::string_view user) const {
  const auto found = people_.find(user);
  return found == people_.end() ? nullptr : &content_.people[found->second];
}

const Contact* Directory::contact(std::string_view user) const {
  const auto found = contacts_.find(user);
  return found == contacts_.end() ? nullptr : &content_.contacts[found->second];
}

bool Directory::is_within(std::string_view unit, std::string_view ancestor) const {
  const std::size_t below = index_of(unit);
  const std::size_t above = index_of(ancestor);
  if (below == kNone || above == kNone) return false;
  return nodes_[above].entered <= nodes_[below].entered && nodes_[below].entered < nodes_[above].left;
}

bool Directory::works_in(std::string_view user, std::string_view unit) const {
  const Person* person = this->person(user);
  if (person == nullptr || person->employment == Employment::Left) return false;
  return std::ranges::any_of(person->posts, [&](const Post& post) { return is_within(post.unit, unit); });
}

bool Directory::has_role(std::string_view user, std::string_view role) const {
  const Person* person = this->person(user);
  if (person == nullptr || person->employment == Employment::Left) return false;
  return std::ranges::find(person->roles, role) != person->roles.end();
}

const Unit* Directory::legal_entity_of(const UserId& user) const {
  const Person* person = this->person(user);
  if (person == nullptr || person->employment == Employment::Left) return nullptr;
  for (std::size_t at = index_of(person->posts.front().unit); at != kNone; at = nodes_[at].parent) {
    if (content_.units[at].kind == UnitKind::LegalEntity) return &content_.units[at];
  }
  return nullptr;
}

bool Directory::is_available(const UserId& user) const {
  const Person* person = this->person(user);
  return person != nullptr && person->employment == Employment::Active;
}

UserId Directory::superior_of(const UserId& user) const {
  // Managers who are away are passed over along their own line; the check has seen that it ends.
  const Person* person = this->person(user);
  const Person* last = person;
  while (last != nullptr && !last->manager.empty()) {
    if (last->manager != user && is_available(last->manager)) return last->manager;
    last = this->person(last->manager);
  }
  if (last == nullptr || last->posts.empty()) return {};
  for (std::size_t at = index_of(last->posts.front().unit); at != kNone; at = nodes_[at].parent) {
    const UserId& head = content_.units[at].head;
    if (!head.empty() && head != user && is_available(head)) return head;
  }
  return {};
}

std::vector<UserId> Directory::chain_of_command(const UserId& user) const {
  std::vector<UserId> chain;
  std::unordered_set<UserId> seen{user};
  for (UserId next = superior_of(user); !next.empty() && chain.size() < Bounds::kDepth;
       next = superior_of(next)) {
    if (!seen.insert(next).second) break;
    chain.push_back(next);
  }
  return chain;
}

bool Directory::fits(const Selector& selector, const UserId& user) const {
  using Kind = Selector::Kind;
  switch (selector.kind) {
    case Kind::Everybody:
      return true;
    case Kind::Employees: {
      const Person* person = this->person(user);
      return person != nullptr && person->employment != Employment::Left;
    }
    case Kind::Partners:
    case Kind::Customers: {
      const Contact* contact = this->contact(user);
      const ContactKind wanted =
          selector.kind == Kind::Partners ? ContactKind::Partner : ContactKind::Customer;
      return contact != nullptr && contact->kind == wanted;
    }
    case Kind::Unit:
      return works_in(user, selector.value);
    case Kind::Role:
      return has_role(user, selector.value);
  }
  return false;
}

Directory::Verdict Directory::without_rule(const UserId& viewer, const UserId& target) const {
  const Contact* outside = contact(viewer);
  const Contact* other = contact(target);
  bool allowed = false;
  if (outside == nullptr && other == nullptr) {
    const Selector employees{.kind = Selector::Kind::Employees, .value = {}};
    allowed = fits(employees, viewer) && fits(employees, target);
  } else {
    allowed =
        (other != nullptr && other->owner == viewer) || (outside != nullptr && outside->owner == target);
  }
  return {.may_find = allowed, .may_contact = allowed};
}

Directory::Verdict Directory::verdict(const UserId& viewer, const UserId& target) const {
  if (viewer == target) return {.may_find = true, .may_contact = true};
  for (const VisibilityRule& rule : content_.visibility) {
    if (fits(rule.who, viewer) && fits(rule.whom, target))
      return {.may_find = rule.may_find, .may_contact = rule.may_contact};
  }
  return without_rule(viewer, target);
}

bool Directory::may_find(const UserId& viewer, const UserId& target) const {
  return verdict(viewer, target).may_find;
}
bool Directory::may_contact(const UserId& viewer, const UserId& target) const {
  return verdict(viewer, target).may_contact;
}

}  // namespace kuramori::organisation
