#include <iostream>

#include "app/commands/command_line.hpp"

namespace kuramori::app {
namespace {

void print_retention(const json::Object& status) {
  const json::Array& labels = *json::array_at(status, "labels");
  if (labels.empty())
    std::cout << "No label of the policy has retention_days: nothing is redacted by itself\n";
  for (const json::Value& value : labels) {
    const json::Object& label = value.as_object();
    std::cout << json::string_or(label, "label", "") << ": kept for " << json::integer_or(label, "days", 0)
              << " days"
              << (json::bool_or(label, "is_for_unlabelled", false) ? " (and what has no label)" : "") << "; "
              << json::integer_or(label, "redacted", 0) << " messages redacted, "
              << json::integer_or(label, "files", 0) << " files destroyed, "
              << json::integer_or(label, "failed", 0) << " attempts failed; looked at up to position "
              << json::integer_or(label, "position", 0) << " of "
              << json::integer_or(status, "stream_position", 0) << '\n';
  }
  const std::int64_t left = json::integer_or(status, "left", 0);
  if (left > 0) std::cout << left << " messages are to be looked at again\n";
}

}  // namespace

void add_retention_command(CommandLine line) {
  CLI::App* retention =
      line.application.add_subcommand("retention", "See how long labels keep messages, and what was ended");
  retention->require_subcommand(1);
  CLI::App* status = add_subcommand(*retention, line.options, "status",
                                    "Show how long each label keeps messages, and what was redacted",
                                    "  kuramori retention status\n  kuramori retention status --json");
  status->callback([line] { administer_and_print(line, {"retention.status", {}}, print_retention); });
}

}  // namespace kuramori::app
