#include "notices/recipients.hpp"

#include <algorithm>

namespace kuramori::notices {
namespace {

constexpr std::string_view kRolePrefix = "role:";

class Recipients {
 public:
  explicit Recipients(const Scene& scene) : scene_(scene) {}

  void add(UserId person) {
    if (person.empty() || person == scene_.who || people_.size() >= kRecipientsMax) return;
    if (std::ranges::find(people_, person) == people_.end()) people_.push_back(std::move(person));
  }

  void add_named(std::string_view name) {
    if (name == "manager") return add(scene_.directory.superior_of(scene_.who));
    if (name == "owner") return add(scene_.owner);
    if (name == "department_head") return add(department_head());
    if (name.starts_with(kRolePrefix)) return add_with_role(name.substr(kRolePrefix.size()));
    add(UserId(name));
  }

  std::vector<UserId> take() { return std::move(people_); }

 private:
  // Of the main department; where the post is vacant or the person's own, of the units above it.
  UserId department_head() const {
    const organisation::Person* person = scene_.directory.person(scene_.who);
    if (person == nullptr || person->posts.empty()) return {};
    const organisation::Unit* unit = scene_.directory.unit(person->posts.front().unit);
    for (std::size_t depth = 0; unit != nullptr && depth <= organisation::Bounds::kDepth; ++depth) {
      if (!unit->head.empty() && unit->head != scene_.who) return unit->head;
      unit = unit->parent.empty() ? nullptr : scene_.directory.unit(unit->parent);
    }
    return {};
  }

  void add_with_role(std::string_view role) {
    for (const organisation::Person& person : scene_.directory.content().people) {
      if (people_.size() >= kRecipientsMax) return;
      const bool is_there = person.employment == organisation::Employment::Active;
      if (is_there && scene_.directory.has_role(person.user, role)) add(person.user);
    }
  }

  const Scene& scene_;
  std::vector<UserId> people_;
};

}  // namespace

std::vector<UserId> recipients_of(std::span<const std::string> names, const Scene& scene) {
  Recipients recipients(scene);
  for (const std::string& name : names) recipients.add_named(name);
  return recipients.take();
}

}  // namespace kuramori::notices
