// kuramori policy simulate: what a draft would have decided on what happened.
#include <iostream>

#include "app/commands/policy_commands.hpp"

namespace kuramori::app {
namespace {

struct SimulationOptions {
  std::string file;
  std::int64_t days = 7;
  std::int64_t limit = 100'000;
};

std::string verdict_in_words(const json::Object& verdict) {
  std::string words(json::string_or(verdict, "effect", ""));
  if (const auto rule = json::string_or(verdict, "rule", ""); !rule.empty())
    words.append(" (").append(rule).append(")");
  return words;
}

std::string change_in_words(const json::Object& kind) {
  return std::string(json::string_or(kind, "operation", "")) + ": " +
         verdict_in_words(*json::object_at(kind, "was")) + " → " +
         verdict_in_words(*json::object_at(kind, "draft"));
}

void print_example(const json::Object& example) {
  std::cout << "  " << json::string_or(example, "time", "") << "  " << change_in_words(example) << "\n      "
            << json::string_or(example, "sender", "") << "  " << json::string_or(example, "room", "") << "  "
            << json::string_or(example, "event_id", "") << '\n';
  if (const json::Object* content = json::object_at(example, "content")) {
    std::cout << "      " << json::integer_or(*content, "characters", 0) << " characters";
    for (const json::Value& finding : *json::array_at(*content, "findings"))
      std::cout << ", " << json::string_or(finding.as_object(), "source", "") << " × "
                << json::integer_or(finding.as_object(), "count", 0);
    std::cout << '\n';
  }
  if (const json::Array* obligations = json::array_at(example, "obligations"))
    std::cout << "      asks for " << json::serialize(json::Value(*obligations)) << '\n';
  if (const json::Object* explanation = json::object_at(example, "explanation"))
    std::cout << "      " << json::string_or(*explanation, "en", "") << '\n';
}

void print_simulation(const json::Object& told) {
  std::cout << json::integer_or(told, "examined", 0) << " acts, " << json::integer_or(told, "changed", 0)
            << " of them would be decided otherwise; " << json::integer_or(told, "without_content", 0)
            << " without content\n";
  if (!json::bool_or(told, "complete", true))
    std::cout << "Not everything was looked at: raise --limit, or look at fewer days\n";
  for (const json::Value& each : *json::array_at(told, "counts")) {
    const json::Object& kind = each.as_object();
    std::cout << (json::bool_or(kind, "changed", false) ? "~ " : "  ") << json::integer_or(kind, "acts", 0)
              << "  " << change_in_words(kind) << '\n';
  }
  for (const json::Value& each : *json::array_at(told, "obligations")) {
    const json::Object& duty = each.as_object();
    std::cout << "+ " << json::integer_or(duty, "acts", 0) << "  " << json::string_or(duty, "obligation", "")
              << " (" << json::string_or(duty, "rule", "") << ")\n";
  }
  if (!json::array_at(told, "examples")->empty()) std::cout << "Examples:\n";
  for (const json::Value& example : *json::array_at(told, "examples")) print_example(example.as_object());
  for (const json::Value& assumption : *json::array_at(told, "assumptions"))
    std::cout << "Note: " << json::view(assumption.as_string()) << '\n';
}

void simulate_draft(CommandLine line, const SimulationOptions& options) {
  const auto document = read_policy_file(options.file);
  if (!document) return fail_with_policy(line, document.error());
  administer_and_print(
      line, {"policy.simulate", {{"document", *document}, {"days", options.days}, {"limit", options.limit}}},
      print_simulation, progress_output("Simulating"));
}

}  // namespace

void add_policy_simulation_command(CLI::App& policy, CommandLine line) {
  const auto o = std::make_shared<SimulationOptions>();
  CLI::App* simulate = add_subcommand(policy, line.options, "simulate",
                                      "Say what a draft would have decided on what happened lately",
                                      "  kuramori policy simulate draft.json\n  kuramori policy simulate "
                                      "draft.json --days 30 --limit 500000");
  simulate->add_option("file", o->file, "Draft of a policy (JSON)")->required();
  simulate->add_option("--days", o->days, "How far back")->capture_default_str()->check(CLI::Range(1, 3'650));
  simulate->add_option("--limit", o->limit, "How many acts at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  simulate->callback([line, o] { simulate_draft(line, *o); });
}

}  // namespace kuramori::app
