#include "organisation/difference.hpp"

#include <map>

namespace kuramori::organisation {
namespace {

using Fields = std::map<std::string, std::string>;

void put(Fields& fields, std::string name, std::string value) {
  if (!value.empty()) fields.emplace(std::move(name), std::move(value));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

std::string posts_of(const Person& person) {
  std::vector<std::string> posts;
  for (const Post& post : person.posts)
    posts.push_back(post.title.empty() ? post.unit : post.unit + " (" + post.title + ")");
  return joined(posts);
}

Fields fields_of(const Unit& unit) {
  Fields fields;
  put(fields, "kind", std::string(to_string(unit.kind)));
  put(fields, "name", unit.name);
  put(fields, "parent", unit.parent);
  put(fields, "head", unit.head.str());
  return fields;
}
Fields fields_of(const Person& person) {
  Fields fields;
  put(fields, "name", person.name);
  put(fields, "posts", posts_of(person));
  put(fields, "manager", person.manager.str());
  put(fields, "roles", joined(person.roles));
  put(fields, "clearance", person.clearance);
  put(fields, "region", person.region);
  put(fields, "employment", std::string(to_string(person.employment)));
  return fields;
}
Fields fields_of(const Contact& contact) {
  Fields fields;
  put(fields, "name", contact.name);
  put(fields, "company", contact.company);
  put(fields, "kind", std::string(to_string(contact.kind)));
  put(fields, "owner", contact.owner.str());
  return fields;
}
// The place in the list counts, because the first rule that fits decides.
Fields fields_of(const VisibilityRule& rule, std::size_t place) {
  Fields fields;
  put(fields, "place", std::to_string(place + 1));
  put(fields, "who", to_text(rule.who));
  put(fields, "whom", to_text(rule.whom));
  put(fields, "find", rule.may_find ? "yes" : "no");
  put(fields, "contact", rule.may_contact ? "yes" : "no");
  return fields;
}

using Entries = std::map<std::string, Fields>;

template <class Entry, class Id>
Entries entries_of(const std::vector<Entry>& list, Id id) {
  Entries entries;
  for (const Entry& entry : list) entries.emplace(id(entry), fields_of(entry));
  return entries;
}

Entries rules_of(const Content& content) {
  Entries entries;
  for (std::size_t i = 0; i < content.visibility.size(); ++i)
    entries.emplace(content.visibility[i].id, fields_of(content.visibility[i], i));
  return entries;
}

std::vector<FieldChange> compare(const Fields& before, const Fields& after) {
  std::vector<FieldChange> changes;
  const auto value = [](const Fields& fields, const std::string& name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  Fields all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [name, ignored] : all) {
    FieldChange change{.field = name, .before = value(before, name), .after = value(after, name)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

void compare(Change::Of of, const Entries& before, const Entries& after, Difference& out) {
  Entries all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [id, ignored] : all) {
    const auto was = before.find(id);
    const auto is = after.find(id);
    Change change{.kind = Change::Kind::Changed, .of = of, .id = id, .fields = {}};
    if (was == before.end()) change.kind = Change::Kind::Added;
    if (is == after.end()) change.kind = Change::Kind::Removed;
    change.fields =
        compare(was == before.end() ? Fields() : was->second, is == after.end() ? Fields() : is->second);
    if (change.kind == Change::Kind::Changed && change.fields.empty()) continue;
    ++(change.kind == Change::Kind::Added     ? out.added
       : change.kind == Change::Kind::Removed ? out.removed
                                              : out.changed);
    out.changes.push_back(std::move(change));
  }
}

}  // namespace

std::string_view to_string(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::Added:
      return "added";
    case Change::Kind::Changed:
      return "changed";
    case Change::Kind::Removed:
      return "removed";
  }
  return "";
}

std::string_view to_string(Change::Of of) {
  switch (of) {
    case Change::Of::Unit:
      return "unit";
    case Change::Of::Person:
      return "person";
    case Change::Of::Contact:
      return "contact";
    case Change::Of::VisibilityRule:
      return "visibility_rule";
  }
  return "";
}

Difference difference(const Content& before, const Content& after) {
  Difference result;
  const auto id = [](const Unit& unit) { return unit.id; };
  const auto user = [](const auto& entry) { return entry.user.str(); };
  compare(Change::Of::Unit, entries_of(before.units, id), entries_of(after.units, id), result);
  compare(Change::Of::Person, entries_of(before.people, user), entries_of(after.people, user), result);
  compare(Change::Of::Contact, entries_of(before.contacts, user), entries_of(after.contacts, user), result);
  compare(Change::Of::VisibilityRule, rules_of(before), rules_of(after), result);
  return result;
}

json::Object to_json(const Difference& difference) {
  json::Array changes;
  for (const Change& change : difference.changes) {
    json::Array fields;
    for (const FieldChange& field : change.fields)
      fields.emplace_back(
          json::Object{{"field", field.field}, {"before", field.before}, {"after", field.after}});
    changes.emplace_back(json::Object{{"change", to_string(change.kind)},
                                      {"of", to_string(change.of)},
                                      {"id", change.id},
                                      {"fields", std::move(fields)}});
  }
  return {{"added", difference.added},
          {"changed", difference.changed},
          {"removed", difference.removed},
          {"changes", std::move(changes)}};
}

}  // namespace kuramori::organisation
