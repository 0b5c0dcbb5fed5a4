#include "organisation/document.hpp"

#include <array>
#include <optional>

#include "governance/document_reader.hpp"
#include "organisation/directory.hpp"
#include "organisation/words.hpp"

namespace kuramori::organisation {
namespace {

using governance::DocumentReader;
using governance::Node;
using governance::Presence;
using governance::TextBounds;

constexpr TextBounds kName{.bytes_min = 1, .bytes_max = 255};
constexpr TextBounds kShort{.bytes_min = 0, .bytes_max = 255};
constexpr std::size_t kPostsMax = 20;
constexpr std::size_t kRulesMax = 1'000;

class Reader {
 public:
  explicit Reader(std::string_view text) : reader_(text, Bounds::kProblems) {}

  ParsedDocument read(const json::Value& value) {
    ParsedDocument parsed;
    const Node root = reader_.object(value, "");
    if (root.object != nullptr) {
      reader_.only_keys(root, {"version", "units", "people", "contacts", "visibility"});
      reader_.integer(root, "version", 1, {.min = 1, .max = 1});
      each(root, "units", Bounds::kUnits,
           [&](const Node& node) { parsed.content.units.push_back(unit(node)); });
      each(root, "people", Bounds::kPeople,
           [&](const Node& node) { parsed.content.people.push_back(person(node)); });
      each(root, "contacts", Bounds::kPeople,
           [&](const Node& node) { parsed.content.contacts.push_back(contact(node)); });
      each(root, "visibility", kRulesMax,
           [&](const Node& node) { parsed.content.visibility.push_back(rule(node)); });
    }
    parsed.issues = reader_.take_issues();
    return parsed;
  }

 private:
  template <class Take>
  void each(const Node& parent, std::string_view key, std::size_t most, Take take) {
    const json::Array* array = reader_.array(parent, key, Presence::Optional, {.min = 0, .max = most});
    if (array == nullptr) return;
    for (std::size_t i = 0; i < array->size(); ++i) {
      const Node node = reader_.object((*array)[i], governance::pointer_to(parent.at(key), i));
      if (node.object != nullptr) take(node);
    }
  }

  UserId user(const Node& node, std::string_view key, Presence presence) {
    std::string text = reader_.text(node, key, presence, kShort);
    if (!text.empty() && !is_user_id(text)) {
      reader_.report(node.at(key), "must be a user ID such as @aiko:example.org");
      return {};
    }
    return UserId(std::move(text));
  }

  template <class Value, std::size_t Count>
  Value word(const Node& node, std::string_view key, const Words<Value, Count>& words, Value fallback) {
    const std::string text = reader_.text(node, key, Presence::Optional, kShort);
    if (text.empty()) return fallback;
    if (const auto found = find_word(words, text)) return *found;
    reader_.report(node.at(key), "must be " + listed(words));
    return fallback;
  }

  Unit unit(const Node& node) {
    reader_.only_keys(node, {"id", "kind", "name", "parent", "head"});
    return {.id = reader_.identifier(node, "id"),
            .kind = word(node, "kind", kUnitKinds, UnitKind::Department),
            .name = reader_.text(node, "name", Presence::Required, kName),
            .parent = reader_.text(node, "parent", Presence::Optional, kShort),
            .head = user(node, "head", Presence::Optional)};
  }

  Person person(const Node& node) {
    reader_.only_keys(node,
                      {"user", "name", "posts", "manager", "roles", "clearance", "region", "employment"});
    Person person{.user = user(node, "user", Presence::Required),
                  .name = reader_.text(node, "name", Presence::Required, kName),
                  .posts = {},
                  .manager = user(node, "manager", Presence::Optional),
                  .roles = {},
                  .clearance = reader_.text(node, "clearance", Presence::Optional, kShort),
                  .region = reader_.text(node, "region", Presence::Optional, kShort),
                  .employment = word(node, "employment", kEmployments, Employment::Active)};
    each(node, "posts", kPostsMax, [&](const Node& post) {
      reader_.only_keys(post, {"unit", "title"});
      person.posts.push_back({.unit = reader_.identifier(post, "unit"),
                              .title = reader_.text(post, "title", Presence::Optional, kShort)});
    });
    if (node.find("roles") != nullptr) person.roles = reader_.texts_at(node, "roles");
    if (!person.region.empty() && !is_region(person.region))
      reader_.report(node.at("region"), "must be an ISO 3166 code such as HK or CN-SH");
    return person;
  }

  Contact contact(const Node& node) {
    reader_.only_keys(node, {"user", "name", "company", "kind", "owner"});
    return {.user = user(node, "user", Presence::Required),
            .name = reader_.text(node, "name", Presence::Required, kName),
            .company = reader_.text(node, "company", Presence::Optional, kShort),
            .kind = word(node, "kind", kContactKinds, ContactKind::Customer),
            .owner = user(node, "owner", Presence::Required)};
  }

  Selector selector(const Node& node, std::string_view key) {
    const std::string text = reader_.text(node, key, Presence::Required, kName);
    if (auto parsed = parse_selector(text)) return *std::move(parsed);
    if (!text.empty())
      reader_.report(node.at(key), "must be everybody, employees, partners, customers, unit:ID or role:NAME");
    return {};
  }

  VisibilityRule rule(const Node& node) {
    reader_.only_keys(node, {"id", "who", "whom", "find", "contact"});
    VisibilityRule rule{.id = reader_.identifier(node, "id"),
                        .who = selector(node, "who"),
                        .whom = selector(node, "whom"),
                        .may_find = reader_.flag(node, "find", false),
                        .may_contact = reader_.flag(node, "contact", false)};
    if (rule.may_contact && !rule.may_find)
      reader_.report(node.at("contact"),
                     "cannot be true where 'find' is not: nobody contacts whom he cannot find");
    return rule;
  }

  DocumentReader reader_;
};

void put(json::Object& object, std::string_view key, std::string_view text) {
  if (!text.empty()) object.emplace(key, text);
}

json::Object to_json(const Unit& unit) {
  json::Object object{{"id", unit.id}, {"kind", to_string(unit.kind)}, {"name", unit.name}};
  put(object, "parent", unit.parent);
  put(object, "head", unit.head.view());
  return object;
}

json::Object to_json(const Person& person) {
  json::Object object{{"user", person.user.view()}, {"name", person.name}};
  json::Array posts;
  for (const Post& post : person.posts) {
    json::Object entry{{"unit", post.unit}};
    put(entry, "title", post.title);
    posts.emplace_back(std::move(entry));
  }
  if (!posts.empty()) object.emplace("posts", std::move(posts));
  put(object, "manager", person.manager.view());
  if (!person.roles.empty()) object.emplace("roles", json::Array(person.roles.begin(), person.roles.end()));
  put(object, "clearance", person.clearance);
  put(object, "region", person.region);
  object.emplace("employment", to_string(person.employment));
  return object;
}

json::Object to_json(const Contact& contact) {
  json::Object object{{"user", contact.user.view()}, {"name", contact.name}};
  put(object, "company", contact.company);
  object.emplace("kind", to_string(contact.kind));
  object.emplace("owner", contact.owner.view());
  return object;
}

json::Object to_json(const VisibilityRule& rule) {
  return {{"id", rule.id},
          {"who", to_text(rule.who)},
          {"whom", to_text(rule.whom)},
          {"find", rule.may_find},
          {"contact", rule.may_contact}};
}

template <class Entry>
json::Array to_array(const std::vector<Entry>& entries) {
  json::Array array;
  array.reserve(entries.size());
  for (const Entry& entry : entries) array.emplace_back(to_json(entry));
  return array;
}

}  // namespace

ParsedDocument parse_document(std::string_view text) {
  auto value = json::parse(text, {.bytes_max = kDocumentBytesMax, .depth_max = 16});
  if (!value) {
    return {.content = {},
            .issues = {{.line = 1, .column = 1, .path = "", .message = value.error().message()}}};
  }
  return Reader(text).read(*value);
}

json::Object to_json(const Content& content) {
  return {{"version", 1},
          {"units", to_array(content.units)},
          {"people", to_array(content.people)},
          {"contacts", to_array(content.contacts)},
          {"visibility", to_array(content.visibility)}};
}

}  // namespace kuramori::organisation
