#include "sync/sliding_required_state.hpp"

#include <algorithm>
#include <set>

#include "matrix/event.hpp"

namespace kuramori::sync {
namespace {

constexpr std::string_view kMember = "m.room.member";

Error too_many() {
  return invalid_argument("'required_state' has more than " + std::to_string(StateRules::kElementsMax) +
                          " elements.");
}

// ["m.room.member", "$LAZY"] and the like.
Result<StateRulesPtr> parse_pairs(const json::Array& pairs, const UserId& reader) {
  if (pairs.size() > StateRules::kElementsMax) return too_many();
  auto rules = std::make_shared<StateRules>();
  for (const json::Value& pair : pairs) {
    const json::Array* parts = pair.if_array();
    if (parts == nullptr || parts->size() != 2 || !(*parts)[0].is_string() || !(*parts)[1].is_string())
      return bad_json("'required_state' must be an array of pairs of an event type and a state key.");
    const std::string_view type = json::view((*parts)[0].get_string());
    const std::string_view key = json::view((*parts)[1].get_string());
    if (type == kMember && key == "$LAZY") {
      rules->lazy_members = true;
      continue;
    }
    StateRules::Element element;
    if (type != "*") element.type = type;
    if (key == "$ME")
      element.state_key = reader.str();
    else if (key != "*")
      element.state_key = key;
    rules->include.push_back(std::move(element));
  }
  return StateRulesPtr(std::move(rules));
}

Result<std::vector<StateRules::Element>> parse_elements(const json::Object& object, std::string_view name,
                                                        const UserId& reader) {
  std::vector<StateRules::Element> elements;
  KURAMORI_TRY(list, json::optional_array(object, name));
  if (list == nullptr) return elements;
  if (list->size() > StateRules::kElementsMax) return too_many();
  for (const json::Value& value : *list) {
    const json::Object* entry = value.if_object();
    if (entry == nullptr) return bad_json("'" + std::string(name) + "' must be an array of objects.");
    KURAMORI_TRY(type, json::optional_string(*entry, "type"));
    KURAMORI_TRY(key, json::optional_string(*entry, "state_key"));
    if (key == "$ME") key = reader.str();
    elements.push_back({.type = std::move(type), .state_key = std::move(key)});
  }
  return elements;
}

Result<StateRulesPtr> parse_rules(const json::Object& object, const UserId& reader) {
  auto rules = std::make_shared<StateRules>();
  KURAMORI_TRY(include, parse_elements(object, "include", reader));
  KURAMORI_TRY(exclude, parse_elements(object, "exclude", reader));
  KURAMORI_TRY(lazy, json::optional_bool(object, "lazy_members"));
  rules->include = std::move(include);
  rules->exclude = std::move(exclude);
  rules->lazy_members = lazy.value_or(false);
  return StateRulesPtr(std::move(rules));
}

bool any_matches(const std::vector<StateRules::Element>& elements, std::string_view type,
                 std::string_view state_key) {
  return std::ranges::any_of(elements, [&](const auto& element) { return element.matches(type, state_key); });
}

}  // namespace

bool StateRules::Element::matches(std::string_view other_type, std::string_view other_key) const {
  return (!type || *type == other_type) && (!state_key || *state_key == other_key);
}

bool StateRules::matches(std::string_view type, std::string_view state_key) const {
  // "All state, members lazily": what asks for every type and key leaves the members to be loaded lazily.
  const bool is_lazy_member = lazy_members && type == kMember;
  const bool included = std::ranges::any_of(include, [&](const Element& element) {
    if (is_lazy_member && !element.type && !element.state_key) return false;
    return element.matches(type, state_key);
  });
  return included && !any_matches(exclude, type, state_key);
}

std::string StateRules::fingerprint() const {
  json::Array parts;
  const auto add = [&](const std::vector<Element>& elements) {
    json::Array list;
    for (const Element& element : elements) {
      json::Object entry;
      if (element.type) entry["t"] = *element.type;
      if (element.state_key) entry["k"] = *element.state_key;
      list.emplace_back(std::move(entry));
    }
    parts.emplace_back(std::move(list));
  };
  add(include);
  add(exclude);
  parts.emplace_back(lazy_members);
  return json::serialize(json::Value(std::move(parts)));
}

Result<StateRulesPtr> parse_required_state(const json::Value& value, const UserId& reader) {
  if (const json::Array* pairs = value.if_array()) return parse_pairs(*pairs, reader);
  if (const json::Object* object = value.if_object()) return parse_rules(*object, reader);
  return bad_json("'required_state' must be an array of pairs or an object.");
}

RequiredState::RequiredState(std::vector<StateRulesPtr> parts) : parts_(std::move(parts)) {
  std::set<std::string> texts;
  for (const StateRulesPtr& part : parts_) {
    lazy_ = lazy_ || part->lazy_members;
    has_wildcards_ = has_wildcards_ || std::ranges::any_of(part->include, [](const auto& element) {
                       return !element.type || !element.state_key;
                     });
    texts.insert(part->fingerprint());
  }
  std::string all;
  for (const std::string& text : texts) all.append(text).push_back('\n');
  fingerprint_ = std::hash<std::string>{}(all);
}

bool RequiredState::matches(std::string_view type, std::string_view state_key) const {
  return std::ranges::any_of(parts_, [&](const auto& part) { return part->matches(type, state_key); });
}

void RequiredState::for_each(const rooms::RoomState& state,
                             const std::function<void(const matrix::EventPtr&)>& visit) const {
  if (has_wildcards_) {
    state.for_each([&](const matrix::EventPtr& event) {
      if (matches(event->type(), *event->state_key())) visit(event);
    });
    return;
  }
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const StateRulesPtr& part : parts_) {
    for (const StateRules::Element& element : part->include) {
      if (!seen.emplace(*element.type, *element.state_key).second) continue;
      if (!matches(*element.type, *element.state_key)) continue;
      if (const matrix::EventPtr event = state.find(*element.type, *element.state_key)) visit(event);
    }
  }
}

}  // namespace kuramori::sync
