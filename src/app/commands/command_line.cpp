#include "app/commands/command_line.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "app/admin_client.hpp"
#include "app/admin_operations.hpp"
#include "app/media_node.hpp"

namespace kuramori::app {

CLI::App* add_subcommand(CLI::App& parent, GlobalOptions& options, const char* name, const char* description,
                         const char* examples) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->add_option("--config", options.config_file, "Configuration file (TOML)")->type_name("FILE");
  command->add_flag("--json", options.json, "Print the result as one JSON object, for scripts");
  command->footer(std::string("Examples:\n") + examples);
  return command;
}

std::filesystem::path config_path(const GlobalOptions& options) {
  if (!options.config_file.empty()) return options.config_file;
  if (const char* named = std::getenv("KURAMORI_CONFIG"); named != nullptr && *named != '\0') return named;
  const std::filesystem::path here = "kuramori.toml";
  return std::filesystem::exists(here) ? here : std::filesystem::path("/etc/kuramori/kuramori.toml");
}

std::optional<Config> load_config(const GlobalOptions& options, ExitCode& outcome) {
  Result<Config> config = read_config(config_path(options));
  if (config) return *std::move(config);
  print_error(config.error());
  outcome = ExitCode::Configuration;
  return std::nullopt;
}

void print_error(const Error& error) {
  std::cerr << "kuramori: " << error.message();
  if (!error.detail().empty()) std::cerr << " (" << error.detail() << ")";
  std::cerr << '\n';
}

ExitCode exit_code_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::InvalidArgument:
      return ExitCode::Usage;
    case ErrorCode::Unavailable:
    case ErrorCode::Exhausted:
    case ErrorCode::DeadlineExceeded:
      return ExitCode::Unavailable;
    default:
      return ExitCode::Failed;
  }
}

void fail(CommandLine line, const Error& error) {
  print_error(error);
  line.outcome = exit_code_of(error);
}

void print_result(const GlobalOptions& options, const json::Object& result,
                  const std::function<void(const json::Object&)>& as_text) {
  if (options.json) {
    std::cout << json::serialize(result) << '\n';
  } else {
    as_text(result);
  }
  std::cout.flush();
}

namespace {

class RemoteAdministration final : public Administration {
 public:
  explicit RemoteAdministration(AdminClient client) : client_(std::move(client)) {}
  Result<json::Object> call(const AdminRequest& request, const AdminOutput& output) override {
    return client_.call(request, output);
  }

 private:
  AdminClient client_;
};

class LocalAdministration final : public Administration {
 public:
  explicit LocalAdministration(Config config)
      : config_(std::move(config)), log_(LogLevel::Warning, config_.log.format) {}
  ~LocalAdministration() override {
    if (!organisation_) return;
    // What was just recorded is covered by a checkpoint before the command ends.
    runtime::ManualExecutor executor(clock_);
    if (auto covered = executor.run(organisation_->log().flush()); !covered) print_error(covered.error());
  }
  Result<void> start(audit::FileAhead file_ahead) {
    const Environment environment{clock_, random_, metrics_, log_};
    KURAMORI_TRY(organisation, Organisation::open(config_, environment, file_ahead));
    organisation_ = std::move(organisation);
    node_ = std::make_unique<Node>(config_, environment, *organisation_);
    return {};
  }
  Result<json::Object> call(const AdminRequest& request, const AdminOutput& output) override {
    auto files = [this]() -> Result<MediaNode*> {
      if (!media_) {
        KURAMORI_TRY(opened,
                     MediaNode::open(config_, Environment{clock_, random_, metrics_, log_}, *organisation_));
        media_ = std::move(opened);
      }
      return media_.get();
    };
    return AdminOperations(*node_, std::move(files))
        .run(request, "uid " + std::to_string(::getuid()), output);
  }

 private:
  const Config config_;
  const SystemClock clock_;
  SystemRandom random_;
  MetricsRegistry metrics_;
  Logger log_;
  std::unique_ptr<Organisation> organisation_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<MediaNode> media_;  // when it is needed
};

}  // namespace

Result<std::unique_ptr<Administration>> Administration::open(const Config& config,
                                                             audit::FileAhead file_ahead) {
  KURAMORI_TRY(client, AdminClient::connect(config.admin_socket_path()));
  if (client) return std::unique_ptr<Administration>(new RemoteAdministration(*std::move(client)));
  if (!std::filesystem::exists(config.database_path())) {
    return Error(ErrorCode::NotFound, "KURAMORI_DATA_DIR",
                 "There is no organisation in '" + config.server.data_dir.string() +
                     "' yet. Create one with 'kuramori init', or start 'kuramori serve'.");
  }
  auto local = std::make_unique<LocalAdministration>(config);
  KURAMORI_CHECK(local->start(file_ahead));
  return std::unique_ptr<Administration>(std::move(local));
}

Result<json::Object> administer(const Config& config, const AdminRequest& request,
                                const AdminOutput& output) {
  KURAMORI_TRY(administration, Administration::open(config));
  return administration->call(request, output);
}

void administer_and_print(CommandLine line, const AdminRequest& request,
                          const std::function<void(const json::Object&)>& as_text,
                          const AdminOutput& output) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  Result<json::Object> result = administer(*config, request, output);
  if (!result) {
    fail(line, result.error());
    return;
  }
  print_result(line.options, *result, as_text);
}

AdminOutput progress_output(const char* what) {
  AdminOutput output;
  if (::isatty(STDERR_FILENO) == 1) {
    output.progress = [what](double fraction) {
      std::fprintf(stderr, "\r%s: %3.0f %%%s", what, fraction * 100, fraction >= 1 ? "\n" : "");
    };
  }
  return output;
}

}  // namespace kuramori::app
