// kuramori organisation: who works where, as files and as history.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/command_line.hpp"
#include "base/text.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kChangesShown = 40;

struct OrganisationOptions {
  std::vector<std::string> files;
  std::string reason;
  std::int64_t version = 0;
  std::int64_t limit = 50;
  bool dry_run = false;
  bool confirm_removals = false;
};
using OrganisationOptionsPtr = std::shared_ptr<OrganisationOptions>;

// Which table it is, told by its columns; empty when it is none of ours. A table may have a header alone.
std::string table_of(std::string_view csv) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  const std::string_view header = text::trim(csv.substr(0, csv.find('\n')));
  const auto has = [&](std::string_view column) {
    return std::ranges::any_of(text::split(header, ','), [&](std::string_view name) {
      name = text::trim(name);
      return name == column || name == '"' + std::string(column) + '"';
    });
  };
  if (has("id")) return "units";
  if (!has("user")) return "";
  return has("owner") ? "contacts" : "people";
}

// One JSON document, or tables: which they are is told by their columns.
Result<json::Object> read_files(const std::vector<std::string>& files) {
  json::Object arguments;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) return not_found("The file '" + file + "' cannot be read.");
    std::ostringstream content;
    content << in.rdbuf();
    std::string text = std::move(content).str();
    const bool is_document = text::trim(text).starts_with('{');
    const std::string name = is_document ? "document" : table_of(text);
    if (name.empty()) {
      return invalid_argument("'" + file +
                              "' is neither a JSON document nor a table of units, people or contacts.");
    }
    if (arguments.contains(name))
      return invalid_argument("'" + file + "' is the second of its kind (" + name + ").");
    arguments.emplace(name, std::move(text));
  }
  if (arguments.contains("document") && arguments.size() > 1)
    return invalid_argument("A JSON document is the whole organisation: import no tables beside it.");
  return arguments;
}

void print_change(const json::Object& change) {
  const std::string_view kind = json::string_or(change, "change", "");
  std::cout << (kind == "added"     ? "+ "
                : kind == "removed" ? "- "
                                    : "  ")
            << json::string_or(change, "of", "") << ' ' << json::string_or(change, "id", "");
  if (kind == "changed") {
    for (const json::Value& field : *json::array_at(change, "fields")) {
      const json::Object& f = field.as_object();
      std::cout << "\n      " << json::string_or(f, "field", "") << ": " << json::string_or(f, "before", "")
                << " → " << json::string_or(f, "after", "");
    }
  }
  std::cout << '\n';
}

// What is removed comes first: it is what somebody must see.
void print_difference(const json::Object& difference) {
  std::cout << json::integer_or(difference, "added", 0) << " added, "
            << json::integer_or(difference, "changed", 0) << " changed, "
            << json::integer_or(difference, "removed", 0) << " removed\n";
  const json::Array* changes = json::array_at(difference, "changes");
  if (changes == nullptr) return;
  std::size_t shown = 0;
  for (const bool removed : {true, false}) {
    for (const json::Value& each : *changes) {
      const json::Object& change = each.as_object();
      if ((json::string_or(change, "change", "") == "removed") != removed) continue;
      if (shown++ < kChangesShown) print_change(change);
    }
  }
  if (shown > kChangesShown) std::cout << "… and " << shown - kChangesShown << " more (--json shows all)\n";
}

void print_outcome(const json::Object& result) {
  const std::string_view outcome = json::string_or(result, "outcome", "");
  if (outcome == "unchanged") {
    std::cout << "Nothing changes: version " << json::integer_or(result, "version", 0) << " says the same\n";
    return;
  }
  print_difference(*json::object_at(result, "difference"));
  if (outcome == "stored")
    std::cout << "Version " << json::integer_or(result, "version", 0) << " of the organisation is in force\n";
}

bool removes(const json::Object& result) {
  return json::string_or(result, "outcome", "") == "needs_confirmation";
}

// Prints the mistakes; true when there are any.
bool is_invalid(CommandLine line, const json::Object& result) {
  if (json::string_or(result, "outcome", "") != "invalid") return false;
  line.outcome = ExitCode::Failed;
  for (const json::Value& problem : *json::array_at(result, "problems")) {
    const json::Object& p = problem.as_object();
    std::cerr << json::string_or(p, "subject", "") << ": " << json::string_or(p, "message", "") << '\n';
  }
  return true;
}

// A person at a terminal is asked; a script says --confirm-removals.
bool is_confirmed(const json::Object& result) {
  print_difference(*json::object_at(result, "difference"));
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    std::cerr << "kuramori: This removes units or people. Add --confirm-removals when that is meant.\n";
    return false;
  }
  std::cout << "This removes units or people. Is that meant? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// Asks once without confirmation; repeats it when the removals are meant.
void change(CommandLine line, AdminRequest request) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  auto administration = Administration::open(*config);
  if (!administration) return fail(line, administration.error());
  auto result = (*administration)->call(request, {});
  if (!result) return fail(line, result.error());
  if (is_invalid(line, *result)) return;
  if (removes(*result)) {
    if (!is_confirmed(*result)) {
      line.outcome = ExitCode::Failed;
      return;
    }
    // What was shown is what is confirmed: nothing else may have come in between.
    request.arguments["confirm_removals"] = true;
    request.arguments["expected_version"] = json::integer_or(*result, "version", 0);
    result = (*administration)->call(request, {});
    if (!result) return fail(line, result.error());
  }
  print_result(line.options, *result, print_outcome);
}

void import(CommandLine line, const OrganisationOptions& o) {
  auto arguments = read_files(o.files);
  if (!arguments) return fail(line, arguments.error());
  if (!o.reason.empty()) arguments->emplace("reason", o.reason);
  // A dry run tells of removals without asking about them.
  if (o.confirm_removals || o.dry_run) arguments->emplace("confirm_removals", true);
  if (o.dry_run) arguments->emplace("dry_run", true);
  AdminRequest request{"organisation.import", *std::move(arguments)};
  if (!o.dry_run) return change(line, std::move(request));
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  const auto result = administer(*config, request, {});
  if (!result) return fail(line, result.error());
  if (is_invalid(line, *result)) return;
  print_result(line.options, *result, [](const json::Object& r) {
    print_difference(*json::object_at(r, "difference"));
    std::cout << "Nothing was changed (dry run)\n";
  });
}

void print_size(const json::Object& result) {
  std::cout << "Version " << json::integer_or(result, "version", 0) << ": "
            << json::integer_or(result, "people", 0) << " people, " << json::integer_or(result, "contacts", 0)
            << " contacts, " << json::integer_or(result, "visibility_rules", 0) << " rules of visibility\n";
  for (const json::Value& each : *json::array_at(result, "units")) {
    const json::Object& unit = each.as_object();
    std::cout << json::string_or(unit, "id", "") << "  " << json::string_or(unit, "name", "");
    if (const auto parent = json::string_or(unit, "parent", ""); !parent.empty())
      std::cout << "  in " << parent;
    if (const auto head = json::string_or(unit, "head", ""); !head.empty()) std::cout << "  head " << head;
    std::cout << "  " << json::integer_or(unit, "people", 0) << " people\n";
  }
}

void print_history(const json::Object& result) {
  for (const json::Value& each : *json::array_at(result, "versions")) {
    const json::Object& version = each.as_object();
    std::cout << json::integer_or(version, "version", 0) << "  " << json::string_or(version, "created", "")
              << "  " << json::string_or(version, "author", "command line") << "  "
              << json::string_or(version, "origin", "") << "  +" << json::integer_or(version, "added", 0)
              << " ~" << json::integer_or(version, "changed", 0) << " -"
              << json::integer_or(version, "removed", 0) << "  " << json::string_or(version, "reason", "")
              << '\n';
  }
}

void add_reading(CLI::App& organisation, CommandLine line, const OrganisationOptionsPtr& o) {
  CLI::App* show = add_subcommand(organisation, line.options, "show", "Show units and numbers of people",
                                  "  kuramori organisation show");
  show->callback([line] { administer_and_print(line, {"organisation.show", {}}, print_size); });

  CLI::App* exporting = add_subcommand(
      organisation, line.options, "export", "Print the organisation as a JSON document, as import takes it",
      "  kuramori organisation export > organisation.json\n  kuramori organisation export --version 3");
  exporting->add_option("--version", o->version, "Version to print");
  exporting->callback([line, o] {
    json::Object arguments;
    if (o->version > 0) arguments["version"] = o->version;
    administer_and_print(line, {"organisation.export", std::move(arguments)}, [](const json::Object& r) {
      std::cout << json::serialize(*json::object_at(r, "document")) << '\n';
    });
  });

  CLI::App* history = add_subcommand(organisation, line.options, "history", "List the versions, newest first",
                                     "  kuramori organisation history --limit 10");
  history->add_option("--limit", o->limit, "How many")->capture_default_str();
  history->callback([line, o] {
    administer_and_print(line, {"organisation.history", {{"limit", o->limit}}}, print_history);
  });
}

void add_changing(CLI::App& organisation, CommandLine line, const OrganisationOptionsPtr& o) {
  CLI::App* importing = add_subcommand(
      organisation, line.options, "import",
      "Put an organisation in force: one JSON document, or tables of units, people and contacts",
      "  kuramori organisation import organisation.json --dry-run\n"
      "  kuramori organisation import units.csv people.csv --reason 'April'");
  importing->add_option("files", o->files, "JSON document, or CSV tables")->required();
  importing->add_option("--reason", o->reason, "Why, for the history");
  importing->add_flag("--dry-run", o->dry_run, "Show what would change");
  importing->add_flag("--confirm-removals", o->confirm_removals, "Remove units and people without asking");
  importing->callback([line, o] { import(line, *o); });

  CLI::App* rollback =
      add_subcommand(organisation, line.options, "rollback", "Put the content of an earlier version in force",
                     "  kuramori organisation rollback 3 --reason 'the import was wrong'");
  rollback->add_option("version", o->version, "Version to go back to")->required();
  rollback->add_option("--reason", o->reason, "Why, for the history");
  rollback->add_flag("--confirm-removals", o->confirm_removals, "Remove units and people without asking");
  rollback->callback([line, o] {
    json::Object arguments{{"version", o->version}, {"reason", o->reason}};
    if (o->confirm_removals) arguments.emplace("confirm_removals", true);
    change(line, {"organisation.rollback", std::move(arguments)});
  });
}

}  // namespace

void add_organisation_command(CommandLine line) {
  CLI::App* organisation =
      line.application.add_subcommand("organisation", "Who works where: import, export, history");
  organisation->require_subcommand(1);
  const auto options = std::make_shared<OrganisationOptions>();
  add_reading(*organisation, line, options);
  add_changing(*organisation, line, options);
}

}  // namespace kuramori::app
