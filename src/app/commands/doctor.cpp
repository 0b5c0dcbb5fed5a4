// Looks for what makes a server fail later: misconfiguration, wrong permissions, a clock that is off, a full
// disk.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <iostream>

#include "app/admin_client.hpp"
#include "app/commands/command_line.hpp"
#include "app/inspection_node.hpp"
#include "app/thumbnailer.hpp"
#include "app/viewing_node.hpp"
#include "base/clock.hpp"
#include "crypto/key_file.hpp"
#include "sandbox/extract_job.hpp"
#include "sandbox/ocr_job.hpp"
#include "sandbox/page_job.hpp"
#include "sandbox/thumbnail_job.hpp"

namespace kuramori::app {
namespace {

constexpr std::uint64_t kDiskBytesLow = std::uint64_t{1} << 30;
constexpr std::uint64_t kDescriptorsPerConnection = 1;
constexpr std::int64_t kEarliestPlausibleMs =
    1'767'225'600'000;  // 2026-01-01: no server of this version ran before

enum class Health : std::uint8_t { Good, Warning, Bad };

struct Diagnosis {
  Health health;
  std::string subject;
  std::string message;
};
using Diagnoses = std::vector<Diagnosis>;

std::string_view to_string(Health health) {
  switch (health) {
    case Health::Good:
      return "ok";
    case Health::Warning:
      return "warning";
    case Health::Bad:
      return "problem";
  }
  return "";
}

void check_data_dir(const Config& config, Diagnoses& out) {
  const std::string directory = config.server.data_dir.string();
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) {
    out.push_back(
        {Health::Warning, "data_dir", "'" + directory + "' does not exist yet; 'kuramori init' makes it"});
    return;
  }
  if ((status.st_mode & 077) != 0) {
    out.push_back(
        {Health::Bad, "data_dir", "'" + directory + "' is open to other users; run: chmod 700 " + directory});
  } else if (::access(directory.c_str(), W_OK) != 0) {
    out.push_back({Health::Bad, "data_dir", "'" + directory + "' cannot be written by this user"});
  } else {
    out.push_back({Health::Good, "data_dir", directory});
  }
}

void check_root_key(const Config& config, Diagnoses& out) {
  const std::filesystem::path path = config.root_key_path();
  if (!std::filesystem::exists(std::filesystem::symlink_status(path))) {
    const bool has_database = std::filesystem::exists(config.database_path());
    out.push_back({has_database ? Health::Bad : Health::Warning, "root key",
                   has_database ? "'" + path.string() + "' is missing; restore it from its backup"
                                : "'" + path.string() + "' does not exist yet"});
    return;
  }
  auto key = crypto::read_key_file(path);
  out.push_back(key ? Diagnosis{Health::Good, "root key", path.string()}
                    : Diagnosis{Health::Bad, "root key", key.error().message()});
  std::error_code error;
  const auto key_device =
      std::filesystem::equivalent(path.parent_path(), config.database_path().parent_path(), error);
  if (key && key_device && !error) {
    out.push_back({Health::Warning, "root key",
                   "it lies beside the data; keep it elsewhere (keys.root_key_file), so that a copied disk "
                   "opens nothing"});
  }
}

void check_disk(const Config& config, Diagnoses& out) {
  struct statvfs disk{};
  std::filesystem::path directory = std::filesystem::absolute(config.server.data_dir);
  while (!std::filesystem::exists(directory) && directory.has_relative_path())
    directory = directory.parent_path();
  if (::statvfs(directory.c_str(), &disk) != 0) return;
  const std::uint64_t free = disk.f_bavail * disk.f_frsize;
  const std::string message = std::to_string(free >> 20) + " MiB free";
  if ((disk.f_flag & ST_RDONLY) != 0) {
    out.push_back({Health::Bad, "disk", "the file system of data_dir is read-only"});
  } else {
    out.push_back({free < kDiskBytesLow ? Health::Bad : Health::Good, "disk", message});
  }
}

void check_clock(Diagnoses& out) {
  if (SystemClock().now_ms() < kEarliestPlausibleMs) {
    out.push_back(
        {Health::Bad, "clock", "it is set to " + to_rfc3339(SystemClock().now()) + "; set the time"});
    return;
  }
  timex time{};
  const int state = ::adjtimex(&time);
  if (state == -1 || (time.status & STA_UNSYNC) != 0) {
    out.push_back(
        {Health::Warning, "clock", "it is not synchronised; run a time service (chrony, systemd-timesyncd)"});
  } else {
    out.push_back({Health::Good, "clock", "synchronised, " + to_rfc3339(SystemClock().now())});
  }
}

void check_descriptors(const Config& config, Diagnoses& out) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto needed =
      static_cast<std::uint64_t>(config.listener.connections_max) * kDescriptorsPerConnection + 256;
  out.push_back({limit.rlim_max < needed ? Health::Warning : Health::Good, "open files",
                 std::to_string(limit.rlim_max) + " allowed, " + std::to_string(needed) +
                     " needed for listener.connections_max"});
}

void check_listener(const Config& config, Diagnoses& out) {
  const bool loopback = config.listener.address.starts_with("127.") || config.listener.address == "::1";
  if (config.listener.tls_certificate.empty() && !loopback) {
    out.push_back({Health::Warning, "listener",
                   "it speaks plain HTTP to the network; set tls_certificate and tls_key, or put a TLS proxy "
                   "in front"});
  }
  for (const std::string& file : {config.listener.tls_certificate, config.listener.tls_key}) {
    if (!file.empty() && ::access(file.c_str(), R_OK) != 0) {
      out.push_back({Health::Bad, "listener", "'" + file + "' cannot be read"});
    }
  }
  struct stat status{};
  if (!config.listener.tls_key.empty() && ::stat(config.listener.tls_key.c_str(), &status) == 0 &&
      (status.st_mode & 077) != 0) {
    out.push_back({Health::Bad, "listener",
                   "the TLS key is open to other users; run: chmod 600 " + config.listener.tls_key});
  }
}

void check_server(const Config& config, Diagnoses& out) {
  auto client = AdminClient::connect(config.admin_socket_path());
  if (!client) {
    out.push_back({Health::Bad, "server", client.error().message()});
  } else {
    out.push_back({Health::Good, "server", *client ? "running" : "not running"});
  }
}

// One pixel.
constexpr std::string_view kSmallestGif{
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00"
    "\x02\x02"
    "D\x01\x00;",
    35};

// What a program of the sandbox is tried with, and what it cannot do when that fails.
struct Trial {
  std::string_view subject;
  Bytes request;
  std::string_view content;
  std::string_view failing;
  std::string_view remedy;
};

// Whether the program is there, this user may start it, and the kernel confines it.
void try_sandbox(sandbox::Sandbox::Options options, const Trial& trial, Diagnoses& out) {
  const SystemClock clock;
  MetricsRegistry metrics;
  options.processes = 1;
  const std::string program = options.program.string();
  sandbox::Sandbox sandbox({.clock = clock, .metrics = metrics, .log = Logger::silent()}, std::move(options));
  bool is_given = false;
  sandbox::Input input = [&]() -> Result<ByteView> {
    return std::exchange(is_given, true) ? ByteView() : as_bytes(trial.content);
  };
  auto outcome = sandbox.run_here(trial.request, input);
  const std::string subject(trial.subject);
  if (outcome && outcome->ending == sandbox::Ending::Done) {
    out.push_back({Health::Good, subject, program});
    return;
  }
  const std::string reason =
      outcome ? std::string(sandbox::to_string(outcome->ending)) : outcome.error().to_log();
  out.push_back({Health::Bad, subject,
                 "'" + program + "' " + std::string(trial.failing) + " (" + reason +
                     "); install it beside kuramori, executable for this user, on a kernel with seccomp" +
                     std::string(trial.remedy)});
}

void check_sandbox(const Config& config, Diagnoses& out) {
  try_sandbox(thumbnail_sandbox(config),
              {.subject = "sandbox",
               .request = sandbox::ThumbnailRequest{.width = 32, .height = 32}.encode(),
               .content = kSmallestGif,
               .failing = "makes no thumbnails",
               .remedy = ""},
              out);
  try_sandbox(pages_sandbox(config),
              {.subject = "viewer",
               .request = sandbox::PageRequest{.width = 320, .mark = {"kuramori doctor"}}.encode(),
               .content = "One page. 一页。 1ページ。",
               .failing = "shows no pages",
               .remedy = ", and the package fonts-noto-cjk"},
              out);
}

// One small text, through the program that reads files, or the one that recognises text.
void check_program(sandbox::Sandbox::Options options, Bytes parameters, sandbox::Ending expected,
                   const char* subject, Diagnoses& out) {
  const SystemClock clock;
  MetricsRegistry metrics;
  const std::string program = options.program.string();
  sandbox::Sandbox reader({.clock = clock, .metrics = metrics, .log = Logger::silent()}, std::move(options));
  bool is_given = false;
  sandbox::Input input = [&]() -> Result<ByteView> {
    return std::exchange(is_given, true) ? ByteView() : as_bytes("a text");
  };
  auto outcome = reader.run_here(parameters, input);
  if (outcome && outcome->ending == expected) {
    out.push_back({Health::Good, subject, program});
    return;
  }
  const std::string reason =
      outcome ? std::string(sandbox::to_string(outcome->ending)) : outcome.error().to_log();
  out.push_back(
      {Health::Bad, subject,
       "'" + program + "' does not work (" + reason + "); install it beside kuramori, with its languages"});
}

void check_inspection(const Config& config, Diagnoses& out) {
  if (!config.inspection.enabled) return;
  check_program(documents_sandbox(config), sandbox::ExtractRequest().encode(), sandbox::Ending::Done,
                "file inspection", out);
  if (config.inspection.ocr) {
    // A text is no picture, which is an answer.
    check_program(recognition_sandbox(config), sandbox::OcrRequest().encode(), sandbox::Ending::Refused,
                  "text recognition", out);
  }
  if (config.inspection.clamd.empty()) {
    out.push_back({Health::Warning, "malware scanner", "none is configured: set clamd in [inspection]"});
    return;
  }
  const SystemClock clock;
  const auto version = inspection::Clamd(scanner_options(config), clock).version();
  out.push_back(version ? Diagnosis{Health::Good, "malware scanner", *version}
                        : Diagnosis{Health::Bad, "malware scanner", version.error().to_log()});
}

Diagnoses examine(const Config& config) {
  Diagnoses out;
  out.push_back({Health::Good, "configuration", config.file.string()});
  check_data_dir(config, out);
  check_root_key(config, out);
  check_disk(config, out);
  check_clock(out);
  check_descriptors(config, out);
  check_listener(config, out);
  check_sandbox(config, out);
  check_inspection(config, out);
  check_server(config, out);
  return out;
}

}  // namespace

void add_doctor_command(CommandLine line) {
  CLI::App* command = add_subcommand(line.application, line.options, "doctor",
                                     "Find misconfiguration, wrong permissions, clock and disk trouble",
                                     "  kuramori doctor --config /etc/kuramori/kuramori.toml");
  command->callback([line] {
    const auto config = load_config(line.options, line.outcome);
    if (!config) return;
    json::Array rows;
    for (const Diagnosis& diagnosis : examine(*config)) {
      if (diagnosis.health == Health::Bad) line.outcome = ExitCode::Failed;
      rows.emplace_back(json::Object{{"health", to_string(diagnosis.health)},
                                     {"subject", diagnosis.subject},
                                     {"message", diagnosis.message}});
    }
    print_result(line.options, {{"findings", std::move(rows)}}, [](const json::Object& result) {
      for (const json::Value& row : *json::array_at(result, "findings")) {
        const json::Object& r = row.as_object();
        std::cout << json::string_or(r, "health", "") << "  " << json::string_or(r, "subject", "") << ": "
                  << json::string_or(r, "message", "") << '\n';
      }
    });
  });
}

}  // namespace kuramori::app
