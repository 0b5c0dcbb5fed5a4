#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "app/commands/command_line.hpp"
#include "app/version.hpp"

int main(int argc, char** argv) {
  using namespace kuramori::app;
  CLI::App application{"Kuramori, the self-hosted workplace messenger on the Matrix protocol", "kuramori"};
  application.require_subcommand(1);
  application.set_version_flag("--version", std::string(kVersion));
  application.footer(
      "Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 the configuration has mistakes, 4 not "
      "reachable.\n"
      "Start with: kuramori init --config kuramori.toml, then kuramori serve --config kuramori.toml");
  GlobalOptions options;
  ExitCode outcome = ExitCode::Done;
  const CommandLine line{application, options, outcome};
  add_serve_command(line);
  add_init_command(line);
  add_config_command(line);
  add_user_command(line);
  add_audit_command(line);
  add_policy_command(line);
  add_detectors_command(line);
  add_organisation_command(line);
  add_files_command(line);
  add_retention_command(line);
  add_backup_command(line);
  add_search_command(line);
  add_links_command(line);
  add_brake_command(line);
  add_appservice_command(line);
  add_doctor_command(line);
  add_demo_command(line);
  add_version_command(line);
  try {
    application.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = application.exit(error);
    return shown == 0 ? 0 : static_cast<int>(ExitCode::Usage);
  } catch (const std::exception& error) {
    std::cerr << "kuramori: " << error.what() << '\n';
    return static_cast<int>(ExitCode::Unavailable);
  }
  return static_cast<int>(outcome);
}
