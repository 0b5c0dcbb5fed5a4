#include <iostream>

#include "app/commands/command_line.hpp"

namespace kuramori::app {
namespace {

struct FileArguments {
  std::string uri;
  std::string reason;
  std::string state = "held";
};

void print_files(const json::Object& result) {
  for (const json::Value& value : *json::array_at(result, "files")) {
    const json::Object& file = value.as_object();
    std::cout << json::string_or(file, "uri", "") << "  " << json::string_or(file, "reason", "");
    if (const std::string_view rule = json::string_or(file, "rule", ""); !rule.empty())
      std::cout << " (rule " << rule << ")";
    if (const json::Object* findings = json::object_at(file, "findings"))
      std::cout << "  " << json::string_or(*findings, "media_type", "") << "  "
                << json::string_or(*findings, "name", "");
    std::cout << '\n';
  }
}

void add_decision(CommandLine line, CLI::App& files, const char* name, const char* description) {
  auto arguments = std::make_shared<FileArguments>();
  CLI::App* command =
      add_subcommand(files, line.options, name, description,
                     "  kuramori files release mxc://example.org/abc --reason 'checked with the sender'");
  command->add_option("uri", arguments->uri, "The file: mxc://SERVER/ID")->required();
  command->add_option("--reason", arguments->reason, "Why; it goes into the record")->required();
  command->callback([line, arguments, decision = std::string(name)] {
    administer_and_print(
        line,
        {"files.decide", {{"uri", arguments->uri}, {"decision", decision}, {"reason", arguments->reason}}},
        [](const json::Object& r) {
          std::cout << json::string_or(r, "uri", "") << ' ' << json::string_or(r, "state", "") << '\n';
        });
  });
}

}  // namespace

void add_files_command(CommandLine line) {
  CLI::App* files = line.application.add_subcommand("files", "Look after files that inspection holds back");
  files->require_subcommand(1);
  auto arguments = std::make_shared<FileArguments>();
  CLI::App* list =
      add_subcommand(*files, line.options, "list", "Which files are held, released or removed, and why",
                     "  kuramori files list --state removed");
  list->add_option("--state", arguments->state, "held (default), released or removed");
  list->callback([line, arguments] {
    administer_and_print(line, {"files.list", {{"state", arguments->state}}}, print_files);
  });
  add_decision(line, *files, "release", "Give a held file out");
  add_decision(line, *files, "remove", "Remove a file and destroy its key");
  CLI::App* rescan = add_subcommand(
      *files, line.options, "rescan",
      "Examine files again, after the policy or the scanner's signatures changed; they are held until then",
      "  kuramori files rescan --state released");
  rescan->add_option("--state", arguments->state, "held (default) or released");
  rescan->callback([line, arguments] {
    administer_and_print(
        line, {"files.rescan", {{"state", arguments->state}}},
        [](const json::Object& r) {
          std::cout << json::integer_or(r, "files", 0) << " files will be examined again\n";
        },
        progress_output("Asking"));
  });
}

}  // namespace kuramori::app
