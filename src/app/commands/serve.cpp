#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include <iostream>

#include "app/commands/command_line.hpp"
#include "app/commands/serving.hpp"
#include "app/version.hpp"

namespace kuramori::app {
namespace {

// Blocked in every thread before the first one starts, so that this thread alone receives them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // The terminal has gone: an orderly stop too, unless somebody asked that it be ignored (nohup).
  struct sigaction of_hang_up{};
  ::sigaction(SIGHUP, nullptr, &of_hang_up);
  if (of_hang_up.sa_handler != SIG_IGN) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

}  // namespace

ExitCode serve_until_signal(const Config& config, const std::function<void(Service&)>& on_ready) {
  const sigset_t signals = block_stop_signals();
  const SystemClock clock;
  SystemRandom random;
  MetricsRegistry metrics;
  const Logger log(config.log.level, config.log.format);
  auto service = Service::start(config, {clock, random, metrics, log});
  if (!service) {
    print_error(service.error());
    return exit_code_of(service.error());
  }
  if ((*service)->initialised_now()) {
    log.info("organisation_initialised", {{"data_dir", config.server.data_dir.string()},
                                          {"root_key", config.root_key_path().string()},
                                          {"advice", "back up the root key file apart from the data"}});
  }
  log.info("serving", {{"version", kVersion},
                       {"server_name", config.server.name},
                       {"address", config.listener.address},
                       {"port", (*service)->port()}});
  sd_notify(0, "READY=1");
  on_ready(**service);
  int received = 0;
  sigwait(&signals, &received);
  log.info("stopping", {{"signal", "SIG" + std::string(sigabbrev_np(received))}});
  sd_notify(0, "STOPPING=1");
  (*service)->stop();
  log.info("stopped");
  return ExitCode::Done;
}

void add_serve_command(CommandLine line) {
  CLI::App* serve = add_subcommand(line.application, line.options, "serve", "Run the server",
                                   "  kuramori serve --config /etc/kuramori/kuramori.toml");
  serve->callback([line] {
    const auto config = load_config(line.options, line.outcome);
    if (config) line.outcome = serve_until_signal(*config, [](Service&) {});
  });
}

}  // namespace kuramori::app
