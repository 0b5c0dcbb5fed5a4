#include <iostream>

#include "app/commands/command_line.hpp"
#include "app/registrations.hpp"

namespace kuramori::app {

void add_config_command(CommandLine line) {
  CLI::App* config = line.application.add_subcommand("config", "Look at the configuration");
  config->require_subcommand(1);
  CLI::App* check =
      add_subcommand(*config, line.options, "check", "Report every mistake in the configuration",
                     "  kuramori config check --config /etc/kuramori/kuramori.toml");
  check->callback([line] {
    Result<Config> read = read_config(config_path(line.options));
    if (read) {
      if (auto registrations = check_registrations(*read); !registrations) read = std::move(registrations).error();
    }
    if (!read) {
      line.outcome = ExitCode::Configuration;
      if (!line.options.json) {
        std::cerr << read.error().message() << '\n';
        return;
      }
      print_result(line.options, {{"valid", false}, {"problems", read.error().message()}}, {});
      return;
    }
    print_result(line.options, {{"valid", true}, {"file", read->file.string()}},
                 [](const json::Object& result) {
                   std::cout << json::string_or(result, "file", "") << ": the configuration is good\n";
                 });
  });
}

}  // namespace kuramori::app
