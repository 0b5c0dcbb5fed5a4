// One push rule, as its owner wrote it and as it is evaluated. Private to the module.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "matrix/push_condition.hpp"

namespace kuramori::matrix::detail {

// In the order that they are checked.
enum class RuleKind : std::uint8_t { Override, Content, Room, Sender, Underride };
constexpr std::size_t kRuleKinds = 5;
constexpr std::array<std::string_view, kRuleKinds> kRuleKindNames{"override", "content", "room", "sender",
                                                                  "underride"};
std::optional<RuleKind> parse_rule_kind(std::string_view name);

struct Rule {
  std::string id;
  bool is_default = false;
  bool enabled = true;
  json::Array actions;
  json::Array conditions;           // `override` and `underride`
  std::string pattern;              // `content`
  std::vector<Condition> compiled;  // all must hold
  PushVerdict verdict;              // what the actions come to

  bool matches(const Occasion& occasion) const;
};

using RulePtr = std::shared_ptr<const Rule>;
using RuleLists = std::array<std::vector<RulePtr>, kRuleKinds>;

// `id` and `enabled` are the caller's to set: they are not part of the body of the endpoint that makes rules.
Result<Rule> parse_rule(RuleKind kind, std::string id, const json::Object& rule, RuleAuthor author);
Result<void> set_rule_actions(Rule& rule, const json::Object& body);
json::Object render_rule(RuleKind kind, const Rule& rule, const UserId& reader);

// The server-default rules, the same objects for everybody, in the order of the specification.
const RuleLists& default_rules();

}  // namespace kuramori::matrix::detail
