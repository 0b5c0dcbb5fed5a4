#include "matrix/push_rules.hpp"

#include <algorithm>

#include "matrix/push_rule.hpp"

namespace kuramori::matrix {

using detail::kRuleKindNames;
using detail::kRuleKinds;
using detail::Rule;
using detail::RuleKind;
using detail::RulePtr;

struct PushRuleSet::Compiled {
  UserId user;
  detail::RuleLists lists = detail::default_rules();
};

namespace {

constexpr std::size_t kRulesMax = 1000;  // of one kind: each is evaluated for each event
constexpr std::size_t kRuleIdBytesMax = 255;

using Rules = std::vector<RulePtr>;
using Compiled = PushRuleSet::Compiled;

bool is_reserved(std::string_view rule_id) {
  return rule_id.starts_with('.');
}

Error no_such_rule() {
  return not_found("The push rule was not found.");
}

Result<RuleKind> kind_named(std::string_view name) {
  const auto kind = detail::parse_rule_kind(name);
  if (!kind) return invalid_argument("There is no such kind of push rule.");
  return *kind;
}

Rules& list_of(Compiled& set, RuleKind kind) {
  return set.lists[static_cast<std::size_t>(kind)];
}
const Rules& list_of(const Compiled& set, RuleKind kind) {
  return set.lists[static_cast<std::size_t>(kind)];
}

Rules::const_iterator find_rule(const Rules& rules, std::string_view id) {
  return std::ranges::find(rules, id, [](const RulePtr& rule) { return std::string_view(rule->id); });
}

// A user's rules come before the server's, but for .m.rule.master, which stands above all.
Rules::const_iterator first_of_user(const Rules& rules) {
  const bool has_master = !rules.empty() && rules.front()->id == ".m.rule.master";
  return rules.begin() + (has_master ? 1 : 0);
}
Rules::const_iterator after_rules_of_user(const Rules& rules) {
  return std::find_if(first_of_user(rules), rules.end(),
                      [](const RulePtr& rule) { return rule->is_default; });
}

std::shared_ptr<const PushRuleSet> make_set(Compiled compiled) {
  return std::make_shared<const PushRuleSet>(std::make_unique<const Compiled>(std::move(compiled)));
}

Result<void> check_new_id(std::string_view id) {
  if (is_reserved(id)) return invalid_argument("Rule IDs that start with a dot are the server's own.");
  if (id.empty() || id.size() > kRuleIdBytesMax)
    return invalid_argument("A rule ID must have 1 to 255 octets.");
  if (id.find_first_of("/\\") != std::string_view::npos) {
    return invalid_argument("A rule ID must not contain slashes or backslashes.");
  }
  return {};
}

// Where `before` or `after` put a rule; the first wins when both are given.
Result<Rules::const_iterator> place_in(const Rules& rules, const PushRuleSet::Place& place) {
  const std::string& anchor = place.before.empty() ? place.after : place.before;
  if (is_reserved(anchor))
    return invalid_argument("A rule cannot be placed relative to a rule of the server.");
  const auto found = find_rule(rules, anchor);
  if (found == rules.end()) {
    return Error(ErrorCode::InvalidArgument, "M_UNKNOWN", "before/after rule not found: " + anchor);
  }
  return place.before.empty() ? found + 1 : found;
}

Result<void> read_enabled(const json::Object& body, Rule& rule) {
  KURAMORI_TRY(enabled, json::optional_bool(body, "enabled"));
  if (!enabled) return missing_argument("enabled");
  rule.enabled = *enabled;
  return {};
}

// What a user stored of a rule of ours is whether it is enabled and what it does; what it matches is ours to
// say, so that stored sets follow the specification. Rules that the specification dropped are dropped.
Result<void> adopt_default(Rules& rules, std::string_view id, const json::Object& stored) {
  const auto found = find_rule(rules, id);
  if (found == rules.end()) return {};
  Rule changed = **found;
  changed.enabled = json::bool_or(stored, "enabled", changed.enabled);
  KURAMORI_CHECK(detail::set_rule_actions(changed, stored));
  const bool is_unchanged = changed.enabled == (*found)->enabled && changed.actions == (*found)->actions;
  if (!is_unchanged)
    rules[static_cast<std::size_t>(found - rules.cbegin())] = std::make_shared<const Rule>(changed);
  return {};
}

Result<void> adopt(RuleKind kind, const json::Value& value, Rules& rules) {
  const json::Object* stored = value.if_object();
  if (stored == nullptr) return bad_json("A push rule must be an object.");
  KURAMORI_TRY(id, json::required_string(*stored, "rule_id"));
  if (is_reserved(id)) return adopt_default(rules, id, *stored);
  KURAMORI_CHECK(check_new_id(id));
  if (find_rule(rules, id) != rules.end()) return bad_json("Two push rules have one ID.");
  if (rules.size() >= kRulesMax)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "There are too many push rules.");
  KURAMORI_TRY(rule, detail::parse_rule(kind, id, *stored, detail::RuleAuthor::User));
  KURAMORI_TRY(enabled, json::optional_bool(*stored, "enabled"));
  rule.enabled = enabled.value_or(true);
  rules.insert(after_rules_of_user(rules), std::make_shared<const Rule>(std::move(rule)));
  return {};
}

// A copy of the set in which `change` has been applied to one rule.
template <class Change>
Result<std::shared_ptr<const PushRuleSet>> change_rule(const Compiled& set, std::string_view kind_name,
                                                       std::string_view id, Change change) {
  KURAMORI_TRY(kind, kind_named(kind_name));
  Compiled changed = set;
  Rules& rules = list_of(changed, kind);
  const auto found = find_rule(rules, id);
  if (found == rules.end()) return no_such_rule();
  Rule rule = **found;
  KURAMORI_CHECK(change(rule));
  rules[static_cast<std::size_t>(found - rules.cbegin())] = std::make_shared<const Rule>(std::move(rule));
  return make_set(std::move(changed));
}

}  // namespace

PushRuleSet::PushRuleSet(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
PushRuleSet::~PushRuleSet() = default;

std::shared_ptr<const PushRuleSet> PushRuleSet::defaults(const UserId& user) {
  return make_set({.user = user});
}

Result<std::shared_ptr<const PushRuleSet>> PushRuleSet::parse(const UserId& user,
                                                              const json::Object& content) {
  Compiled set{.user = user};
  KURAMORI_TRY(global, json::optional_object(content, "global"));
  if (global == nullptr) return make_set(std::move(set));
  for (std::size_t kind = 0; kind < kRuleKinds; ++kind) {
    KURAMORI_TRY(rules, json::optional_array(*global, kRuleKindNames[kind]));
    if (rules == nullptr) continue;
    for (const json::Value& rule : *rules)
      KURAMORI_CHECK(adopt(static_cast<RuleKind>(kind), rule, set.lists[kind]));
  }
  return make_set(std::move(set));
}

json::Object PushRuleSet::to_json() const {
  json::Object global;
  for (std::size_t kind = 0; kind < kRuleKinds; ++kind) {
    json::Array rules;
    for (const RulePtr& rule : compiled_->lists[kind]) {
      rules.push_back(detail::render_rule(static_cast<RuleKind>(kind), *rule, compiled_->user));
    }
    global.emplace(kRuleKindNames[kind], std::move(rules));
  }
  json::Object content;
  content.emplace("global", std::move(global));
  return content;
}

PushVerdict PushRuleSet::evaluate(const Event& event, const PushContext& context,
                                  const PushReader& reader) const {
  if (event.sender() == reader.user) return {};
  const detail::Occasion occasion{.event = event, .context = context, .reader = reader};
  for (const Rules& rules : compiled_->lists) {
    for (const RulePtr& rule : rules) {
      if (rule->matches(occasion)) return rule->verdict;
    }
  }
  return {};
}

Result<std::shared_ptr<const PushRuleSet>> PushRuleSet::put(std::string_view kind_name,
                                                            std::string_view rule_id,
                                                            const json::Object& body,
                                                            const Place& place) const {
  KURAMORI_TRY(kind, kind_named(kind_name));
  KURAMORI_CHECK(check_new_id(rule_id));
  KURAMORI_TRY(rule, detail::parse_rule(kind, std::string(rule_id), body, detail::RuleAuthor::User));
  Compiled changed = *compiled_;
  Rules& rules = list_of(changed, kind);
  const bool is_placed = !place.before.empty() || !place.after.empty();
  if (is_placed) {
    // Checked before anything moves, so that a rule may also be placed relative to where it stands.
    KURAMORI_CHECK(place_in(rules, place));
    if (place.before == rule_id || (place.before.empty() && place.after == rule_id)) {
      return invalid_argument("A rule cannot be placed relative to itself.");
    }
  }
  const auto existing = find_rule(rules, rule_id);
  if (existing != rules.end()) {
    rule.enabled = (*existing)->enabled;
    if (!is_placed) {
      rules[static_cast<std::size_t>(existing - rules.cbegin())] =
          std::make_shared<const Rule>(std::move(rule));
      return make_set(std::move(changed));
    }
    rules.erase(existing);
  } else if (rules.size() >= kRulesMax) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "There are too many push rules.");
  }
  Rules::const_iterator where = first_of_user(rules);
  if (is_placed) {
    KURAMORI_TRY(placed, place_in(rules, place));
    where = placed;
  }
  rules.insert(where, std::make_shared<const Rule>(std::move(rule)));
  return make_set(std::move(changed));
}

Result<std::shared_ptr<const PushRuleSet>> PushRuleSet::remove(std::string_view kind_name,
                                                               std::string_view rule_id) const {
  KURAMORI_TRY(kind, kind_named(kind_name));
  if (is_reserved(rule_id)) return invalid_argument("The server's own push rules cannot be removed.");
  Compiled changed = *compiled_;
  Rules& rules = list_of(changed, kind);
  const auto found = find_rule(rules, rule_id);
  if (found == rules.end()) return no_such_rule();
  rules.erase(found);
  return make_set(std::move(changed));
}

Result<std::shared_ptr<const PushRuleSet>> PushRuleSet::set_enabled(std::string_view kind,
                                                                    std::string_view rule_id,
                                                                    const json::Object& body) const {
  return change_rule(*compiled_, kind, rule_id, [&body](Rule& rule) { return read_enabled(body, rule); });
}

Result<std::shared_ptr<const PushRuleSet>> PushRuleSet::set_actions(std::string_view kind,
                                                                    std::string_view rule_id,
                                                                    const json::Object& body) const {
  return change_rule(*compiled_, kind, rule_id,
                     [&body](Rule& rule) { return detail::set_rule_actions(rule, body); });
}

Result<json::Object> PushRuleSet::rule(std::string_view kind_name, std::string_view rule_id) const {
  KURAMORI_TRY(kind, kind_named(kind_name));
  const Rules& rules = list_of(*compiled_, kind);
  const auto found = find_rule(rules, rule_id);
  if (found == rules.end()) return no_such_rule();
  return detail::render_rule(kind, **found, compiled_->user);
}

}  // namespace kuramori::matrix
