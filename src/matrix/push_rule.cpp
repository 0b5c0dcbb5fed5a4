#include "matrix/push_rule.hpp"

#include <algorithm>

namespace kuramori::matrix::detail {
namespace {

constexpr std::size_t kConditionsMax = 64;
constexpr std::size_t kActionsMax = 32;
constexpr std::size_t kPatternBytesMax = 1024;

bool has_conditions(RuleKind kind) {
  return kind == RuleKind::Override || kind == RuleKind::Underride;
}

// Older clients still send these; they mean nothing ("Historical Actions").
bool is_historical(const json::Value& action) {
  return action.is_string() &&
         (json::view(action.get_string()) == "dont_notify" || json::view(action.get_string()) == "coalesce");
}

Result<void> check_action(const json::Value& action) {
  const json::Object* tweak = action.if_object();
  const bool is_tweak = tweak != nullptr && !json::string_or(*tweak, "set_tweak", "").empty();
  if (action.is_string() || is_tweak) return {};
  return invalid_argument("An action of a push rule must be a string or set a tweak.");
}

void apply_tweak(const json::Object& tweak, PushVerdict& verdict) {
  const std::string_view name = json::string_or(tweak, "set_tweak", "");
  if (name == "sound") verdict.sound = json::string_or(tweak, "value", "");
  if (name == "highlight") verdict.highlight = json::bool_or(tweak, "value", true);
}

PushVerdict verdict_of(const json::Array& actions) {
  PushVerdict verdict;
  for (const json::Value& action : actions) {
    if (const json::Object* tweak = action.if_object()) apply_tweak(*tweak, verdict);
    if (action.is_string() && json::view(action.get_string()) == "notify") verdict.notify = true;
  }
  return verdict;
}

Result<void> read_conditions(const json::Object& rule, RuleAuthor author, Rule& into) {
  KURAMORI_TRY(conditions, json::optional_array(rule, "conditions"));
  if (conditions == nullptr) return {};
  if (conditions->size() > kConditionsMax) return invalid_argument("A push rule has too many conditions.");
  for (const json::Value& condition : *conditions) {
    KURAMORI_TRY(compiled, Condition::parse(condition, author));
    into.compiled.push_back(std::move(compiled));
  }
  // All must hold, so their order is ours: the cheap ones exclude most events.
  std::ranges::sort(into.compiled, {}, &Condition::cost);
  into.conditions = json::Array(*conditions, json::StoragePtr());
  return {};
}

// The user's ID in place of the placeholder of the server's own rules.
json::Array render_conditions(const Rule& rule, const UserId& reader) {
  json::Array conditions = rule.conditions;
  if (!rule.is_default) return conditions;
  for (json::Value& condition : conditions) {
    for (auto& parameter : condition.get_object()) {
      const bool is_placeholder =
          parameter.value().is_string() && json::view(parameter.value().get_string()) == kReaderPlaceholder;
      if (is_placeholder) parameter.value() = reader.view();
    }
  }
  return conditions;
}

}  // namespace

std::optional<RuleKind> parse_rule_kind(std::string_view name) {
  const auto found = std::ranges::find(kRuleKindNames, name);
  if (found == kRuleKindNames.end()) return std::nullopt;
  return static_cast<RuleKind>(found - kRuleKindNames.begin());
}

bool Rule::matches(const Occasion& occasion) const {
  if (!enabled) return false;
  return std::ranges::all_of(compiled, [&](const Condition& condition) { return condition.holds(occasion); });
}

Result<void> set_rule_actions(Rule& rule, const json::Object& body) {
  KURAMORI_TRY(actions, json::optional_array(body, "actions"));
  if (actions == nullptr) return missing_argument("actions");
  if (actions->size() > kActionsMax) return invalid_argument("A push rule has too many actions.");
  json::Array kept;
  for (const json::Value& action : *actions) {
    KURAMORI_CHECK(check_action(action));
    if (!is_historical(action)) kept.push_back(action);
  }
  rule.verdict = verdict_of(kept);
  rule.actions = std::move(kept);
  return {};
}

Result<Rule> parse_rule(RuleKind kind, std::string id, const json::Object& rule, RuleAuthor author) {
  Rule parsed;
  parsed.id = std::move(id);
  parsed.is_default = author == RuleAuthor::Server;
  KURAMORI_CHECK(set_rule_actions(parsed, rule));
  if (has_conditions(kind)) {
    KURAMORI_CHECK(read_conditions(rule, author, parsed));
  } else if (kind == RuleKind::Content) {
    KURAMORI_TRY(pattern, json::required_string(rule, "pattern"));
    if (pattern.size() > kPatternBytesMax) return invalid_argument("The pattern of a push rule is too long.");
    parsed.pattern = std::move(pattern);
    parsed.compiled.push_back(Condition::body_matches(parsed.pattern));
  } else {
    parsed.compiled.push_back(Condition::text_is(kind == RuleKind::Room ? "room_id" : "sender", parsed.id));
  }
  return parsed;
}

json::Object render_rule(RuleKind kind, const Rule& rule, const UserId& reader) {
  json::Object rendered;
  rendered.emplace("rule_id", rule.id);
  rendered.emplace("default", rule.is_default);
  rendered.emplace("enabled", rule.enabled);
  rendered.emplace("actions", rule.actions);
  if (has_conditions(kind)) rendered.emplace("conditions", render_conditions(rule, reader));
  if (kind == RuleKind::Content) rendered.emplace("pattern", rule.pattern);
  return rendered;
}

}  // namespace kuramori::matrix::detail
