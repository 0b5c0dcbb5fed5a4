#include "governance/document_reader.hpp"

#include <algorithm>
#include <sstream>

namespace kuramori::governance {

namespace {

std::string kind_of(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "true or false";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return "a number";
    case boost::json::kind::string:
      return "a text";
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::object:
      return "an object";
  }
  return "something else";
}

std::string wrong_kind(std::string_view wanted, const json::Value& value) {
  return "must be " + std::string(wanted) + ", not " + kind_of(value);
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

}  // namespace

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text.append(i + 1 == names.size() ? " or " : ", ");
    text.append(names[i]);
  }
  return text;
}

void DocumentReader::report(const std::string& pointer, std::string message) {
  if (issues_.size() >= issues_max_) return;
  const Place place = map_.place(pointer);
  issues_.push_back(
      {map_.offset(pointer), issues_.size(), {place.line, place.column, pointer, std::move(message)}});
}

std::vector<Issue> DocumentReader::take_issues() {
  for (const std::string& repeated : map_.repeated_keys()) report(repeated, "appears more than once");
  std::ranges::sort(issues_, {},
                    [](const Located& located) { return std::pair(located.offset, located.number); });
  std::vector<Issue> issues;
  for (Located& located : issues_) issues.push_back(std::move(located.issue));
  return issues;
}

Node DocumentReader::object(const json::Value& value, std::string pointer) {
  if (!value.is_object()) {
    report(pointer, wrong_kind("an object", value));
    return {nullptr, std::move(pointer)};
  }
  return {&value.get_object(), std::move(pointer)};
}

Node DocumentReader::object_at(const Node& parent, std::string_view key) {
  const json::Value* value = parent.find(key);
  if (value == nullptr) return {nullptr, parent.at(key)};
  return object(*value, parent.at(key));
}

void DocumentReader::only_keys(const Node& node, std::initializer_list<std::string_view> known) {
  for (const auto& member : *node.object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(known, key) != known.end()) continue;
    report(node.at(key), "is not known here; known are " + listed(std::span(known.begin(), known.size())));
  }
}

std::string DocumentReader::text(const Node& node, std::string_view key, Presence presence,
                                 TextBounds bounds) {
  const json::Value* value = node.find(key);
  if (value == nullptr) {
    if (presence == Presence::Required) report(node.pointer, "lacks '" + std::string(key) + "'");
    return {};
  }
  if (!value->is_string()) {
    report(node.at(key), wrong_kind("a text", *value));
    return {};
  }
  const std::string_view text = json::view(value->get_string());
  if (text.size() < bounds.bytes_min) report(node.at(key), "must not be empty");
  if (text.size() > bounds.bytes_max) {
    report(node.at(key), "is too long: at most " + std::to_string(bounds.bytes_max) + " octets");
  }
  return std::string(text);
}

std::string DocumentReader::identifier(const Node& node, std::string_view key) {
  std::string id = text(node, key, Presence::Required);
  const json::Value* value = node.find(key);
  if (value != nullptr && value->is_string() && !is_identifier(id)) {
    report(node.at(key), "must be 1 to 64 letters, digits, '_', '-' or '.'");
  }
  return id;
}

bool DocumentReader::flag(const Node& node, std::string_view key, bool fallback) {
  const json::Value* value = node.find(key);
  if (value == nullptr) return fallback;
  if (value->is_bool()) return value->get_bool();
  report(node.at(key), wrong_kind("true or false", *value));
  return fallback;
}

std::int64_t DocumentReader::integer(const Node& node, std::string_view key, std::int64_t fallback,
                                     IntegerBounds bounds) {
  const json::Value* value = node.find(key);
  if (value == nullptr) return fallback;
  if (!value->is_int64()) {
    report(node.at(key), wrong_kind("a whole number", *value));
    return fallback;
  }
  if (value->get_int64() < bounds.min || value->get_int64() > bounds.max) {
    report(node.at(key),
           "must lie between " + std::to_string(bounds.min) + " and " + std::to_string(bounds.max));
    return fallback;
  }
  return value->get_int64();
}

double DocumentReader::number(const Node& node, std::string_view key, double fallback, double min,
                              double max) {
  const json::Value* value = node.find(key);
  if (value == nullptr) return fallback;
  if (!value->is_number()) {
    report(node.at(key), wrong_kind("a number", *value));
    return fallback;
  }
  const auto number = value->to_number<double>();
  if (number >= min && number <= max) return number;
  std::ostringstream bounds;
  bounds << "must lie between " << min << " and " << max;
  report(node.at(key), std::move(bounds).str());
  return fallback;
}

const json::Array* DocumentReader::array(const Node& node, std::string_view key, Presence presence,
                                         CountBounds bounds) {
  const json::Value* value = node.find(key);
  if (value == nullptr) {
    if (presence == Presence::Required) report(node.pointer, "lacks '" + std::string(key) + "'");
    return nullptr;
  }
  if (!value->is_array()) {
    report(node.at(key), wrong_kind("a list", *value));
    return nullptr;
  }
  const std::size_t size = value->get_array().size();
  if (size < bounds.min) report(node.at(key), "must not be empty");
  if (size > bounds.max) {
    report(node.at(key), "has too many elements: at most " + std::to_string(bounds.max));
    return nullptr;
  }
  return &value->get_array();
}

std::vector<std::string> DocumentReader::texts(const json::Value& value, const std::string& pointer,
                                               CountBounds bounds, TextBounds each) {
  std::vector<std::string> result;
  if (!value.is_array()) {
    report(pointer, wrong_kind("a list of texts", value));
    return result;
  }
  const json::Array& elements = value.get_array();
  if (elements.size() < bounds.min) report(pointer, "must not be empty");
  if (elements.size() > bounds.max) {
    report(pointer, "has too many elements: at most " + std::to_string(bounds.max));
    return result;
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!elements[i].is_string()) {
      report(pointer_to(pointer, i), wrong_kind("a text", elements[i]));
      continue;
    }
    const std::string_view text = json::view(elements[i].get_string());
    if (text.size() < each.bytes_min || text.size() > each.bytes_max) {
      report(pointer_to(pointer, i), "must have " + std::to_string(each.bytes_min) + " to " +
                                         std::to_string(each.bytes_max) + " octets");
      continue;
    }
    result.emplace_back(text);
  }
  return result;
}

std::vector<std::string> DocumentReader::texts_at(const Node& node, std::string_view key) {
  const json::Value* value = node.find(key);
  return value == nullptr ? std::vector<std::string>{} : texts(*value, node.at(key));
}

Explanation DocumentReader::localised(const Node& parent, std::string_view key) {
  const Node node = object_at(parent, key);
  if (node.object == nullptr) return {};
  only_keys(node, {"en", "zh-Hans", "zh-Hant", "ja"});
  constexpr TextBounds kBounds{.bytes_min = 1, .bytes_max = 2000};
  return {.en = text(node, "en", Presence::Optional, kBounds),
          .zh_hans = text(node, "zh-Hans", Presence::Optional, kBounds),
          .zh_hant = text(node, "zh-Hant", Presence::Optional, kBounds),
          .ja = text(node, "ja", Presence::Optional, kBounds)};
}

}  // namespace kuramori::governance
