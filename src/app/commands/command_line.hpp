// What all commands share: the configuration they were given, how they print, and how they reach the
// organisation's data.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/admin_protocol.hpp"
#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "audit/log.hpp"

namespace kuramori::app {

struct GlobalOptions {
  std::string config_file;  // --config
  bool json = false;        // --json
};

// Each registers its subcommand; the chosen one leaves its exit code in `outcome`.
struct CommandLine {
  CLI::App& application;
  GlobalOptions& options;
  ExitCode& outcome;
};

void add_serve_command(CommandLine line);
void add_init_command(CommandLine line);
void add_demo_command(CommandLine line);
void add_config_command(CommandLine line);
void add_user_command(CommandLine line);
void add_user_pushers_command(CLI::App& user, CommandLine line);
void add_audit_command(CommandLine line);
void add_policy_command(CommandLine line);
void add_detectors_command(CommandLine line);
void add_organisation_command(CommandLine line);
void add_files_command(CommandLine line);
void add_retention_command(CommandLine line);
void add_backup_command(CommandLine line);
void add_search_command(CommandLine line);
void add_links_command(CommandLine line);
void add_brake_command(CommandLine line);
void add_appservice_command(CommandLine line);
void add_doctor_command(CommandLine line);
void add_version_command(CommandLine line);

// A subcommand with the options that every command has (--config, --json) and examples under its help.
CLI::App* add_subcommand(CLI::App& parent, GlobalOptions& options, const char* name, const char* description,
                         const char* examples);

// The configuration named by --config, KURAMORI_CONFIG, ./kuramori.toml or /etc/kuramori/kuramori.toml.
// Prints what is wrong.
std::optional<Config> load_config(const GlobalOptions& options, ExitCode& outcome);
std::filesystem::path config_path(const GlobalOptions& options);

void print_error(const Error& error);
ExitCode exit_code_of(const Error& error);
// Both: prints the error and sets the exit code.
void fail(CommandLine line, const Error& error);
// As pretty lines, or as one JSON object with --json.
void print_result(const GlobalOptions& options, const json::Object& result,
                  const std::function<void(const json::Object&)>& as_text);

// The way to the organisation: through the running server's administration socket when there is one;
// otherwise with the data opened here, through the same gate.
class Administration {
 public:
  static Result<std::unique_ptr<Administration>> open(const Config& config,
                                                      audit::FileAhead file_ahead = audit::FileAhead::Refuse);
  virtual ~Administration() = default;
  virtual Result<json::Object> call(const AdminRequest& request, const AdminOutput& output) = 0;
};
Result<json::Object> administer(const Config& config, const AdminRequest& request, const AdminOutput& output);
// The same for a command that does nothing else: reads the configuration, asks, prints the answer or the
// error and sets the exit code.
void administer_and_print(CommandLine line, const AdminRequest& request,
                          const std::function<void(const json::Object&)>& as_text,
                          const AdminOutput& output = {});
// Progress on standard error, when that is a terminal.
AdminOutput progress_output(const char* what);

}  // namespace kuramori::app
