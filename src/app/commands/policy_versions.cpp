// kuramori policy history and difference: who changed the policy when, why, and what.
#include <iostream>

#include "app/commands/policy_commands.hpp"

namespace kuramori::app {
namespace {

struct VersionOptions {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t limit = 50;
};

void print_policy_history(const json::Object& result) {
  for (const json::Value& each : *json::array_at(result, "versions")) {
    const json::Object& version = each.as_object();
    std::cout << json::integer_or(version, "version", 0) << "  " << json::string_or(version, "created", "")
              << "  " << json::string_or(version, "author", "command line") << "  "
              << json::string_or(version, "reason", "") << '\n';
  }
}

void print_value(const json::Object& change, const char* key) {
  const json::Value* value = json::find(change, key);
  std::cout << (value == nullptr ? std::string("(nothing)") : json::serialize(*value));
}

void print_policy_change(const json::Object& change, const char* indent) {
  std::cout << indent << json::string_or(change, "path", "") << ": ";
  if (json::array_at(change, "added") != nullptr) {
    std::cout << "+" << json::integer_or(change, "added_count", 0) << " "
              << json::serialize(*json::find(change, "added")) << "  -"
              << json::integer_or(change, "removed_count", 0) << " "
              << json::serialize(*json::find(change, "removed"));
  } else if (json::bool_or(change, "reordered", false)) {
    std::cout << "in another order";
  } else {
    print_value(change, "before");
    std::cout << " → ";
    print_value(change, "after");
  }
  std::cout << '\n';
}

void print_rule_names(const json::Object& rules, const char* key, const char* mark) {
  for (const json::Value& each : *json::array_at(rules, key)) {
    const json::Object& rule = each.as_object();
    std::cout << mark << " rule " << json::string_or(rule, "rule", "");
    if (const auto layer = json::string_or(rule, "layer", ""); !layer.empty())
      std::cout << " (layer " << layer << ")";
    std::cout << '\n';
    const json::Array* fields = json::array_at(rule, "fields");
    for (std::size_t i = 0; fields != nullptr && i < fields->size(); ++i)
      print_policy_change(fields->at(i).as_object(), "      ");
  }
}

void print_policy_difference(const json::Object& result) {
  const json::Object& rules = *json::object_at(result, "rules");
  print_rule_names(rules, "removed", "-");
  print_rule_names(rules, "added", "+");
  print_rule_names(rules, "changed", "~");
  if (json::bool_or(rules, "reordered", false)) std::cout << "~ rules in another order\n";
  for (const json::Value& change : *json::array_at(result, "sections"))
    print_policy_change(change.as_object(), "~ ");
  const std::int64_t untold = json::integer_or(result, "changes", 0) - json::integer_or(result, "told", 0);
  if (untold > 0) std::cout << "and " << untold << " more\n";
}

}  // namespace

void add_policy_version_commands(CLI::App& policy, CommandLine line) {
  const auto o = std::make_shared<VersionOptions>();
  CLI::App* history = add_subcommand(policy, line.options, "history",
                                     "List the versions of the policy, newest first: who, when and why",
                                     "  kuramori policy history --limit 10");
  history->add_option("--limit", o->limit, "How many")->capture_default_str();
  history->callback([line, o] {
    administer_and_print(line, {"policy.history", {{"limit", o->limit}}}, print_policy_history);
  });

  CLI::App* difference =
      add_subcommand(policy, line.options, "difference", "Show what one version changed since another",
                     "  kuramori policy difference 3 5");
  difference->add_option("from", o->from, "The earlier version")->required();
  difference->add_option("to", o->to, "The later version")->required();
  difference->callback([line, o] {
    administer_and_print(line, {"policy.difference", {{"version", o->to}, {"from", o->from}}},
                         print_policy_difference);
  });
}

}  // namespace kuramori::app
