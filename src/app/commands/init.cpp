#include <fstream>
#include <iostream>

#include "app/commands/command_line.hpp"
#include "app/organisation.hpp"

namespace kuramori::app {
namespace {

struct InitOptions {
  std::string administrator = "admin";
  std::string password_file;
};

Result<json::Object> initialise(const Config& config, const InitOptions& options) {
  if (std::filesystem::exists(config.database_path())) {
    return Error(ErrorCode::Conflict, "KURAMORI_DATA_DIR",
                 "There is an organisation in '" + config.server.data_dir.string() +
                     "' already; 'kuramori user add' adds people to it.");
  }
  {
    const SystemClock clock;
    SystemRandom random;
    MetricsRegistry metrics;
    KURAMORI_TRY(organisation, Organisation::open(config, {clock, random, metrics,
                                                           Logger(LogLevel::Warning, config.log.format)}));
  }
  json::Object arguments{{"user", options.administrator}, {"role", "administrator"}};
  if (!options.password_file.empty()) {
    std::ifstream in(options.password_file);
    std::string password;
    if (!in || !std::getline(in, password) || password.empty()) {
      return not_found("The password file '" + options.password_file + "' cannot be read or is empty.");
    }
    arguments["password"] = password;
  }
  KURAMORI_TRY(account, administer(config, {"user.add", arguments}, {}));
  account["data_dir"] = config.server.data_dir.string();
  account["root_key_file"] = config.root_key_path().string();
  return account;
}

}  // namespace

void add_init_command(CommandLine line) {
  CLI::App* command = add_subcommand(line.application, line.options, "init",
                                     "Create the organisation: keys, default policy, first administrator",
                                     "  kuramori init --config kuramori.toml --administrator wing");
  const auto options = std::make_shared<InitOptions>();
  command->add_option("--administrator", options->administrator, "Name of the first administrator")
      ->capture_default_str();
  command->add_option("--password-file", options->password_file,
                      "Read the administrator's password from FILE");
  command->callback([line, options] {
    const auto config = load_config(line.options, line.outcome);
    if (!config) return;
    Result<json::Object> result = initialise(*config, *options);
    if (!result) {
      print_error(result.error());
      line.outcome = exit_code_of(result.error());
      return;
    }
    print_result(line.options, *result, [](const json::Object& r) {
      std::cout << "The organisation is ready in " << json::string_or(r, "data_dir", "") << "\n"
                << "Administrator:     " << json::string_or(r, "user_id", "") << "\n";
      if (const auto password = json::string_or(r, "one_time_password", ""); !password.empty()) {
        std::cout << "One-time password: " << password << "  (shown once)\n";
      }
      std::cout << "Root key:          " << json::string_or(r, "root_key_file", "")
                << "  (back it up apart from the data: without it nothing can be read)\n";
    });
  });
}

}  // namespace kuramori::app
