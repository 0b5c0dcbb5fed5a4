#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/command_line.hpp"
#include "app/commands/policy_commands.hpp"
#include "base/text.hpp"
#include "gate/policy_store.hpp"
#include "gate/vocabulary.hpp"
#include "governance/policy_review.hpp"
#include "governance/test_bench.hpp"

namespace kuramori::app {
namespace {

struct PolicyOptions {
  bool in_force = false;
  std::string file;
  std::string policy;
  std::string text;
  std::string operation = "room.send";
  std::string role = "member";
  std::string address;
  std::string department;
  std::string destination;
  std::string room_label;
  std::string reason;
  std::int64_t version = 0;
};
using PolicyOptionsPtr = std::shared_ptr<PolicyOptions>;

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return not_found("The file '" + file.string() + "' cannot be read.");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

governance::ParsedPolicy parse_file(const std::filesystem::path& file, const std::string& text) {
  governance::ParseOptions options{.vocabulary = gate::policy_vocabulary()};
  options.read_file = [directory = file.parent_path()](const std::string& name) {
    return read_file(directory / name);
  };
  return governance::parse_policy(text, options);
}

bool names_tables(const governance::PolicyDocument& document) {
  return std::ranges::any_of(document.detectors, [](const governance::CustomDetector& detector) {
    return detector.exact_data.has_value() || detector.fingerprints.has_value();
  });
}

// What a policy's detectors look for is imported apart from it: only the organisation knows whether it is
// there.
json::Array mistakes_about_tables(CommandLine line, const std::string& file, const std::string& document) {
  json::Array issues;
  ExitCode outcome = ExitCode::Done;
  const auto config = load_config(line.options, outcome);
  if (!config) {
    issues.emplace_back(file + ": names tables, and the organisation that has them cannot be asked");
    return issues;
  }
  const auto checked = administer(*config, {"policy.check", {{"document", document}}}, {});
  if (!checked) {
    issues.emplace_back(file + ": names tables that cannot be looked up: " + checked.error().message());
    return issues;
  }
  for (const json::Value& missing : *json::array_at(*checked, "missing"))
    issues.emplace_back(file + ": " + std::string(json::view(missing.as_string())));
  return issues;
}

void check_document(CommandLine line, const std::string& file) {
  Result<std::string> text = read_file(file);
  if (!text) return fail(line, text.error());
  governance::ParsedPolicy parsed = parse_file(file, *text);
  json::Array issues;
  json::Array remarks;
  for (const governance::Issue& issue : parsed.issues) issues.emplace_back(issue.to_text(file));
  if (parsed.issues.empty()) {
    for (const governance::Remark& remark : governance::review(*parsed.document)) {
      remarks.emplace_back(json::Object{{"kind", governance::to_string(remark.kind)},
                                        {"rule", remark.rule},
                                        {"other", remark.other},
                                        {"message", remark.message},
                                        {"example", remark.example}});
    }
    if (names_tables(*parsed.document)) issues = mistakes_about_tables(line, file, parsed.document->text);
    auto compiled = governance::CompiledPolicy::compile(*std::move(parsed.document), 1);
    if (!compiled) issues.emplace_back(file + ": " + compiled.error().message());
  }
  if (!issues.empty()) line.outcome = ExitCode::Failed;
  const bool valid = issues.empty();
  print_result(
      line.options, {{"valid", valid}, {"issues", std::move(issues)}, {"remarks", std::move(remarks)}},
      [&](const json::Object& result) {
        for (const json::Value& remark : *json::array_at(result, "remarks")) {
          const json::Object& told = remark.as_object();
          std::cout << file << ": rule '" << json::string_or(told, "rule", "") << "' ("
                    << json::string_or(told, "kind", "") << "): " << json::string_or(told, "message", "")
                    << "\n    for example: " << json::string_or(told, "example", "") << '\n';
        }
        for (const json::Value& issue : *json::array_at(result, "issues"))
          std::cerr << json::view(issue.as_string()) << '\n';
        if (valid) std::cout << file << ": the policy is good\n";
      });
}

// The test bench looks at text here and now; it needs neither a server nor an organisation.
Result<std::unique_ptr<governance::TestBench>> bench_for(const std::string& policy) {
  if (policy.empty()) return governance::TestBench::create();
  KURAMORI_TRY(text, read_file(policy));
  governance::ParsedPolicy parsed = parse_file(policy, text);
  if (!parsed.document) {
    return invalid_argument("The policy has mistakes; 'kuramori policy check " + policy + "' tells them.");
  }
  return governance::TestBench::create(*std::move(parsed.document));
}

Result<std::string> text_to_inspect(const std::string& file) {
  if (!file.empty() && file != "-") return read_file(file);
  std::ostringstream text;
  text << std::cin.rdbuf();
  return std::move(text).str();
}

Result<json::Object> inspected(const std::string& policy, const std::string& file) {
  KURAMORI_TRY(bench, bench_for(policy));
  KURAMORI_TRY(text, text_to_inspect(file));
  if (!text::is_valid_utf8(text)) return invalid_argument("The text is not UTF-8: convert it first.");
  KURAMORI_TRY(findings, bench->inspect(text));
  json::Array list;
  for (const governance::BenchFinding& finding : findings) list.emplace_back(governance::to_json(finding));
  return json::Object{{"findings", std::move(list)}};
}

void print_findings(const json::Object& found) {
  for (const json::Value& each : *json::array_at(found, "findings")) {
    const json::Object& finding = each.as_object();
    std::cout << json::integer_or(finding, "begin", 0) << "-" << json::integer_or(finding, "end", 0) << "  "
              << json::string_or(finding, "detector", "") << "  "
              << json::string_or(finding, "confidence", "") << "  \"" << json::string_or(finding, "text", "")
              << "\"  (" << json::string_or(finding, "reasons", "") << ")\n";
  }
  if (json::array_at(found, "findings")->empty()) std::cout << "Nothing found\n";
}

void inspect_text(CommandLine line, const PolicyOptions& o) {
  if (!o.in_force) {
    Result<json::Object> result = inspected(o.policy, o.file);
    if (!result) return fail(line, result.error());
    return print_result(line.options, *result, print_findings);
  }
  Result<std::string> text = text_to_inspect(o.file);
  if (!text) return fail(line, text.error());
  json::Object arguments{{"text", *text}};
  if (!o.policy.empty()) {
    Result<std::string> document = read_file(o.policy);
    if (!document) return fail(line, document.error());
    arguments["document"] = *document;
  }
  administer_and_print(line, {"policy.inspect", std::move(arguments)}, print_findings);
}

// The tree of conditions, each with what it came to.
void print_conditions(const json::Object& node, std::size_t depth) {
  const std::string mark(node.at("holds").as_bool() ? "✓ " : "✗ ");
  const std::string indent(8 + (2 * depth), ' ');
  if (const auto words = json::string_or(node, "condition", ""); !words.empty()) {
    std::cout << indent << mark << words << '\n';
    return;
  }
  for (const auto& [name, children] : node) {
    if (!children.is_array()) continue;
    std::cout << indent << mark << std::string_view(name.data(), name.size()) << '\n';
    for (const json::Value& child : children.as_array()) print_conditions(child.as_object(), depth + 1);
  }
}

void print_explanation(const json::Object& result) {
  std::cout << "Effect: " << json::string_or(result, "effect", "") << '\n';
  if (const auto rule = json::string_or(result, "rule", ""); !rule.empty())
    std::cout << "Rule:   " << rule << '\n';
  std::cout << "Policy: version " << json::integer_or(result, "policy_version", 0) << '\n';
  for (const json::Value& finding : *json::array_at(result, "findings")) {
    std::cout << "Found:  " << json::string_or(finding.as_object(), "source", "") << " × "
              << json::integer_or(finding.as_object(), "count", 0) << '\n';
  }
  if (const auto label = json::string_or(result, "label", ""); !label.empty())
    std::cout << "Label:  " << label << '\n';
  for (const json::Value& each : *json::array_at(result, "obligations")) {
    const json::Object& duty = each.as_object();
    std::cout << "Asks:   " << json::serialize(duty.at("obligation")) << " ("
              << json::string_or(duty, "rule", "") << ")\n";
  }
  for (const json::Value& value : *json::array_at(result, "rules")) {
    const json::Object& rule = value.as_object();
    if (!rule.at("holds").as_bool()) continue;
    std::cout << "Holds:  " << json::string_or(rule, "rule", "") << " ("
              << json::string_or(rule, "effect", "") << ")\n";
    if (const json::Object* when = json::object_at(rule, "when")) print_conditions(*when, 1);
  }
  if (const json::Object* explanation = json::object_at(result, "explanation")) {
    for (const auto& [language, text] : *explanation) {
      std::cout << std::string_view(language.data(), language.size()) << ": " << json::view(text.as_string())
                << '\n';
    }
  }
}

void put_in_force(CommandLine line, const std::string& file, const std::string& reason) {
  const auto document = read_policy_file(file);
  if (!document) return fail_with_policy(line, document.error());
  administer_and_print(
      line, {"policy.apply", {{"document", *document}, {"reason", reason}}}, [](const json::Object& r) {
        std::cout << "Policy version " << json::integer_or(r, "policy_version", 0) << " is in force\n";
      });
}

}  // namespace

void fail_with_policy(CommandLine line, const Error& error) {
  print_error(error);
  line.outcome = ExitCode::Failed;
}

// Checked here, where dictionary files can be read; what is stored holds their terms.
Result<std::string> read_policy_file(const std::string& file) {
  KURAMORI_TRY(text, read_file(file));
  governance::ParsedPolicy parsed = parse_file(file, text);
  if (parsed.document) return std::move(parsed.document->text);
  std::string mistakes = "The policy has mistakes.";
  for (const governance::Issue& issue : parsed.issues) mistakes.append("\n").append(issue.to_text(file));
  return Error(ErrorCode::InvalidArgument, "KURAMORI_POLICY_INVALID", std::move(mistakes));
}

void add_policy_command(CommandLine line) {
  CLI::App* policy =
      line.application.add_subcommand("policy", "Check, explain and swap the organisation's policy");
  policy->require_subcommand(1);
  const auto o = std::make_shared<PolicyOptions>();

  CLI::App* check_command =
      add_subcommand(*policy, line.options, "check", "Report every mistake in a policy document",
                     "  kuramori policy check policy.json");
  check_command->add_option("file", o->file, "Policy document (JSON)")->required();
  check_command->callback([line, o] { check_document(line, o->file); });

  CLI::App* inspect = add_subcommand(
      *policy, line.options, "inspect", "Show what the detectors find in a text, where and why",
      "  kuramori policy inspect letter.txt\n  echo 'Passport E12345678' | kuramori policy inspect --json\n"
      "  kuramori policy inspect --policy policy.json letter.txt");
  inspect->add_option("file", o->file, "Text in UTF-8; standard input when left out or '-'");
  inspect->add_option("--policy", o->policy,
                      "Policy document whose own detectors and dictionaries are tried, too");
  inspect->add_flag(
      "--in-force", o->in_force,
      "Ask the organisation: its policy unless --policy names one, and the tables that were imported");
  inspect->callback([line, o] { inspect_text(line, *o); });

  CLI::App* explain = add_subcommand(
      *policy, line.options, "explain", "Say what the policy in force decides, and why",
      "  kuramori policy explain --text 'My number is A123456(3)'\n"
      "  kuramori policy explain --operation room.create --role guest\n"
      "  kuramori policy explain --text 'the plan' --department research --destination outside");
  explain->add_option("--text", o->text, "Text of a message");
  explain->add_option("--operation", o->operation, "Operation of the gate")->capture_default_str();
  explain->add_option("--role", o->role, "Role of who acts")->capture_default_str();
  explain->add_option("--address", o->address, "Network address of who acts");
  explain->add_option("--department", o->department, "Department of who acts (id of a unit)");
  explain->add_option("--destination", o->destination,
                      "Who reads it: own_department, other_department, partner, customer or outside");
  explain->add_option("--room-label", o->room_label, "Label of the room");
  explain->callback([line, o] {
    administer_and_print(line,
                         {"policy.explain",
                          {{"text", o->text},
                           {"operation", o->operation},
                           {"role", o->role},
                           {"address", o->address},
                           {"department", o->department},
                           {"destination", o->destination},
                           {"room_label", o->room_label}}},
                         print_explanation);
  });

  CLI::App* apply_command =
      add_subcommand(*policy, line.options, "apply", "Put a policy in force; the old version is kept",
                     "  kuramori policy apply policy.json --reason 'the new tax law'");
  apply_command->add_option("file", o->file, "Policy document (JSON)")->required();
  apply_command->add_option("--reason", o->reason, "Why; kept with the version and in the record")
      ->required();
  apply_command->callback([line, o] { put_in_force(line, o->file, o->reason); });

  CLI::App* show =
      add_subcommand(*policy, line.options, "show", "Print the policy in force, or an earlier version",
                     "  kuramori policy show > policy.json\n  kuramori policy show --version 1");
  show->add_option("--version", o->version, "Version to print");
  show->callback([line, o] {
    json::Object arguments;
    if (o->version > 0) arguments["version"] = o->version;
    administer_and_print(line, {"policy.show", std::move(arguments)}, [](const json::Object& r) {
      std::cout << json::string_or(r, "document", "") << '\n';
    });
  });
  add_policy_version_commands(*policy, line);
  add_policy_simulation_command(*policy, line);
}

}  // namespace kuramori::app
