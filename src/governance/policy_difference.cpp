#include "governance/policy_difference.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "governance/source_map.hpp"

namespace kuramori::governance {
namespace {

std::string_view key_view(const boost::json::key_value_pair& member) {
  const auto key = member.key();
  return {key.data(), key.size()};
}

// The id of an entry; empty when it is no object with one.
std::string_view id_of(const json::Value& entry) {
  return entry.is_object() ? json::string_or(entry.get_object(), "id", "") : std::string_view{};
}

bool is_list_of_entries(const json::Array& list) {
  return std::ranges::all_of(list, [](const json::Value& entry) { return !id_of(entry).empty(); });
}

bool is_plain_list(const json::Array& list) {
  return std::ranges::none_of(list,
                              [](const json::Value& value) { return value.is_object() || value.is_array(); });
}

// A rule with the layer it stands in: the same id in another layer is another rule.
struct PlacedRule {
  std::string_view layer;
  const json::Value* rule;
};
using PlacedRules = std::vector<PlacedRule>;

void append_rules(const json::Object& owner, std::string_view layer, PlacedRules& rules) {
  const json::Array* list = json::array_at(owner, "rules");
  if (list == nullptr) return;
  for (const json::Value& rule : *list) rules.push_back({layer, &rule});
}

PlacedRules rules_of(const json::Object& document) {
  PlacedRules rules;
  append_rules(document, {}, rules);
  const json::Array* layers = json::array_at(document, "layers");
  if (layers == nullptr) return rules;
  for (const json::Value& layer : *layers) {
    if (layer.is_object())
      append_rules(layer.get_object(), json::string_or(layer.get_object(), "unit", ""), rules);
  }
  return rules;
}

std::string place_of(const PlacedRule& placed) {
  return std::string(placed.layer) + '\n' + std::string(id_of(*placed.rule));
}

class Comparison {
 public:
  explicit Comparison(const DifferenceLimits& limits) : limits_(limits) {}

  json::Object rules(const json::Object& before, const json::Object& after);
  void sections(const json::Object& before, const json::Object& after);
  json::Array take_changes() { return std::exchange(changes_, {}); }
  std::size_t count() const { return count_; }
  std::size_t told() const { return told_; }

 private:
  // Whether one more may be told; it is counted either way.
  bool counts() {
    ++count_;
    if (told_ == limits_.changes_max) return false;
    ++told_;
    return true;
  }
  json::Value bounded(const json::Value& value) const {
    std::string text = json::serialize(value);
    if (text.size() <= limits_.value_octets_max) return value;
    return json::Object{{"octets", static_cast<std::int64_t>(text.size())}};
  }
  void compare(const json::Value* before, const json::Value* after, const std::string& path);
  void compare_members(const json::Object& before, const json::Object& after, const std::string& path);
  void compare_entries(const json::Array& before, const json::Array& after, const std::string& path);
  void compare_plain(const json::Array& before, const json::Array& after, const std::string& path);
  json::Object placed(const PlacedRule& rule) const;

  const DifferenceLimits& limits_;
  json::Array changes_;
  std::size_t count_ = 0;
  std::size_t told_ = 0;
};

void Comparison::compare(const json::Value* before, const json::Value* after, const std::string& path) {
  if (before != nullptr && after != nullptr) {
    if (*before == *after) return;
    if (before->is_object() && after->is_object())
      return compare_members(before->get_object(), after->get_object(), path);
    if (before->is_array() && after->is_array()) {
      const json::Array& old = before->get_array();
      const json::Array& now = after->get_array();
      if (is_list_of_entries(old) && is_list_of_entries(now)) return compare_entries(old, now, path);
      if (is_plain_list(old) && is_plain_list(now)) return compare_plain(old, now, path);
    }
  }
  if (!counts()) return;
  json::Object change{{"path", path}};
  if (before != nullptr) change["before"] = bounded(*before);
  if (after != nullptr) change["after"] = bounded(*after);
  changes_.emplace_back(std::move(change));
}

void Comparison::compare_members(const json::Object& before, const json::Object& after,
                                 const std::string& path) {
  for (const auto& member : before)
    compare(&member.value(), json::find(after, key_view(member)), pointer_to(path, key_view(member)));
  for (const auto& member : after) {
    if (json::find(before, key_view(member)) == nullptr)
      compare(nullptr, &member.value(), pointer_to(path, key_view(member)));
  }
}

std::vector<std::string_view> common_order(
    const json::Array& list, const std::unordered_map<std::string_view, const json::Value*>& in) {
  std::vector<std::string_view> order;
  for (const json::Value& entry : list) {
    if (in.contains(id_of(entry))) order.push_back(id_of(entry));
  }
  return order;
}

void Comparison::compare_entries(const json::Array& before, const json::Array& after,
                                 const std::string& path) {
  std::unordered_map<std::string_view, const json::Value*> old;
  std::unordered_map<std::string_view, const json::Value*> now;
  for (const json::Value& entry : before) old.emplace(id_of(entry), &entry);
  for (const json::Value& entry : after) now.emplace(id_of(entry), &entry);
  for (const json::Value& entry : before) {
    const auto found = now.find(id_of(entry));
    compare(&entry, found == now.end() ? nullptr : found->second, pointer_to(path, id_of(entry)));
  }
  for (const json::Value& entry : after) {
    if (!old.contains(id_of(entry))) compare(nullptr, &entry, pointer_to(path, id_of(entry)));
  }
  if (common_order(before, now) != common_order(after, old) && counts())
    changes_.emplace_back(json::Object{{"path", path}, {"reordered", true}});
}

// What the one has and the other has not, at most `entries_max` of them.
json::Array missing_from(const json::Array& list, const std::set<std::string>& other, std::size_t entries_max,
                         std::size_t& count) {
  json::Array missing;
  for (const json::Value& value : list) {
    if (other.contains(json::serialize(value))) continue;
    if (missing.size() < entries_max) missing.push_back(value);
    ++count;
  }
  return missing;
}

void Comparison::compare_plain(const json::Array& before, const json::Array& after, const std::string& path) {
  if (!counts()) return;
  std::set<std::string> old;
  std::set<std::string> now;
  for (const json::Value& value : before) old.insert(json::serialize(value));
  for (const json::Value& value : after) now.insert(json::serialize(value));
  std::size_t added_count = 0;
  std::size_t removed_count = 0;
  json::Array added = missing_from(after, old, limits_.entries_max, added_count);
  json::Array removed = missing_from(before, now, limits_.entries_max, removed_count);
  json::Object change{{"path", path}};
  change["added"] = std::move(added);
  change["removed"] = std::move(removed);
  change["added_count"] = static_cast<std::int64_t>(added_count);
  change["removed_count"] = static_cast<std::int64_t>(removed_count);
  if (added_count == 0 && removed_count == 0) change["reordered"] = true;
  changes_.emplace_back(std::move(change));
}

json::Object Comparison::placed(const PlacedRule& rule) const {
  json::Object told{{"rule", id_of(*rule.rule)}};
  if (!rule.layer.empty()) told["layer"] = rule.layer;
  return told;
}

json::Object Comparison::rules(const json::Object& before, const json::Object& after) {
  const PlacedRules old = rules_of(before);
  const PlacedRules now = rules_of(after);
  std::unordered_map<std::string, const json::Value*> old_places;
  std::unordered_map<std::string, const json::Value*> now_places;
  for (const PlacedRule& rule : old) old_places.emplace(place_of(rule), rule.rule);
  for (const PlacedRule& rule : now) now_places.emplace(place_of(rule), rule.rule);
  json::Array added;
  json::Array removed;
  json::Array changed;
  std::vector<std::string> old_order;
  std::vector<std::string> now_order;
  for (const PlacedRule& rule : now) {
    const auto found = old_places.find(place_of(rule));
    if (found == old_places.end()) {
      if (!counts()) continue;
      json::Object told = placed(rule);
      told["value"] = bounded(*rule.rule);
      added.emplace_back(std::move(told));
      continue;
    }
    now_order.push_back(place_of(rule));
    if (*found->second == *rule.rule || !counts()) continue;
    const std::size_t count = std::exchange(count_, 0);
    const std::size_t told_before = std::exchange(told_, 0);
    compare_members(found->second->get_object(), rule.rule->get_object(), "");
    count_ = count;
    told_ = told_before;
    json::Object told = placed(rule);
    told["fields"] = take_changes();
    changed.emplace_back(std::move(told));
  }
  for (const PlacedRule& rule : old) {
    if (now_places.contains(place_of(rule))) {
      old_order.push_back(place_of(rule));
    } else if (counts()) {
      json::Object told = placed(rule);
      told["value"] = bounded(*rule.rule);
      removed.emplace_back(std::move(told));
    }
  }
  json::Object told;
  told["added"] = std::move(added);
  told["removed"] = std::move(removed);
  told["changed"] = std::move(changed);
  told["reordered"] = old_order != now_order;
  return told;
}

void Comparison::sections(const json::Object& before, const json::Object& after) {
  const auto without_rules = [](const json::Object& document) {
    json::Object rest = document;
    rest.erase("rules");
    rest.erase("layers");
    return rest;
  };
  compare_members(without_rules(before), without_rules(after), "");
}

}  // namespace

json::Object policy_difference(const json::Object& before, const json::Object& after,
                               const DifferenceLimits& limits) {
  Comparison comparison(limits);
  json::Object difference;
  difference["rules"] = comparison.rules(before, after);
  comparison.sections(before, after);
  difference["sections"] = comparison.take_changes();
  difference["changes"] = static_cast<std::int64_t>(comparison.count());
  difference["told"] = static_cast<std::int64_t>(comparison.told());
  return difference;
}

}  // namespace kuramori::governance
