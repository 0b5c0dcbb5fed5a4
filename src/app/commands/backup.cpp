#include <iostream>

#include "app/backup_restore.hpp"
#include "app/commands/command_line.hpp"
#include "base/clock.hpp"

namespace kuramori::app {
namespace {

void print_left_out(const json::Object& r) {
  const json::Object* out = json::object_at(r, "left_out");
  if (out == nullptr) return;
  const std::int64_t messages = json::integer_or(*out, "messages", 0);
  const std::int64_t files = json::integer_or(*out, "files", 0);
  const std::int64_t waiting = json::integer_or(*out, "waiting", 0);
  const std::int64_t gone = json::integer_or(*out, "gone", 0);
  std::cout << "Left out, since their label is not backed up: " << messages << " messages, " << files
            << " files\n";
  if (waiting > 0)
    std::cout << "Left out, since they were not sent yet and have no label: " << waiting << " messages\n";
  if (gone > 0) std::cout << "Removed while the backup was made: " << gone << " files\n";
}

void print_contents(const json::Object& r) {
  std::cout << "Server:  " << json::string_or(r, "server", "") << " (Kuramori "
            << json::string_or(r, "version", "")
            << ")\nMade:    " << to_rfc3339(from_unix_ms(json::integer_or(r, "created_ms", 0)))
            << "\nHolds:   " << json::integer_or(r, "rows", 0) << " rows, " << json::integer_or(r, "files", 0)
            << " files of " << json::integer_or(r, "file_octets", 0) << " octets, the record up to entry "
            << json::integer_or(r, "record_entry", -1) << '\n';
  print_left_out(r);
}

Result<std::string> absolute_path(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  if (error) return invalid_argument("'" + file + "' is no path: " + error.message() + ".");
  return path.lexically_normal().string();
}

void run_create(CommandLine line, const std::string& file) {
  const auto path = absolute_path(file);
  if (!path) return fail(line, path.error());
  administer_and_print(
      line, {"backup.create", {{"path", *path}}},
      [](const json::Object& r) {
        std::cout << json::string_or(r, "file", "") << ": " << json::integer_or(r, "octets", 0)
                  << " octets\n";
        print_contents(r);
        std::cout << "The root key is not in it: keep that elsewhere, or the backup opens for nobody.\n";
      },
      progress_output("Backing up"));
}

void run_check(CommandLine line, const std::string& file) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  const auto checked = check_backup(*config, file, progress_output("Checking").progress);
  if (!checked) return fail(line, checked.error());
  json::Object result = backup::to_json(*checked);
  result["file"] = file;
  result["intact"] = true;
  print_result(line.options, result, [&file](const json::Object& r) {
    std::cout << file << ": intact, nothing is missing\n";
    print_contents(r);
  });
}

void run_restore(CommandLine line, const std::string& file) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  const SystemClock clock;
  SystemRandom random;
  MetricsRegistry metrics;
  const Environment environment{clock, random, metrics, Logger(LogLevel::Error, config->log.format)};
  const auto restored = restore_backup(*config, environment, file, progress_output("Restoring").progress);
  if (!restored) return fail(line, restored.error());
  json::Object result = backup::to_json(restored->summary);
  result["data_dir"] = config->server.data_dir.string();
  if (!restored->attention.empty()) result["attention"] = restored->attention;
  print_result(line.options, result, [](const json::Object& r) {
    std::cout << "Restored into " << json::string_or(r, "data_dir", "") << '\n';
    print_contents(r);
    const std::string_view attention = json::string_or(r, "attention", "");
    if (attention.empty()) {
      std::cout << "Start the server, and prove the record: kuramori audit verify\n";
    } else {
      std::cout << "The server does not start on it as it is: " << attention << '\n';
    }
  });
}

CLI::App* add_command(CLI::App& parent, CommandLine line, const char* name, const char* description,
                      const char* examples, void (*run)(CommandLine, const std::string&)) {
  CLI::App* command = add_subcommand(parent, line.options, name, description, examples);
  const auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The backup")->required();
  command->callback([line, file, run] { run(line, *file); });
  return command;
}

}  // namespace

void add_backup_command(CommandLine line) {
  CLI::App* backup =
      line.application.add_subcommand("backup", "Make, check and restore backups of the whole organisation");
  backup->require_subcommand(1);
  add_command(*backup, line, "create",
              "Write one moment of everything into a sealed file, while the server goes on working",
              "  kuramori backup create /srv/backups/$(date +%F).kuramori\n"
              "The server's user writes the file; nothing is overwritten. The root key is not in it.",
              run_create);
  add_command(*backup, line, "check", "Prove that a backup is whole and untouched, and show what is in it",
              "  kuramori backup check /srv/backups/2026-01-31.kuramori\n"
              "Only the root key of the configuration is needed: no server, no data.",
              run_check);
  add_command(*backup, line, "restore", "Restore a backup into an empty data directory (server stopped)",
              "  kuramori backup restore /srv/backups/2026-01-31.kuramori --config new.toml\n"
              "Put the root key in place first; it is not in the backup.",
              run_restore);
}

}  // namespace kuramori::app
