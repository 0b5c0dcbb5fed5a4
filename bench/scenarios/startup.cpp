// Start: the time from starting the program until it answers /versions, with the data it already has.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

#include "../http_client.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

// A child that is ended and waited for when it goes out of scope.
class Child {
 public:
  explicit Child(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("cannot start a process");
    if (pid_ == 0) {
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, STDOUT_FILENO);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
  }
  ~Child() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  bool ended() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
  }

 private:
  pid_t pid_ = -1;
};

bool answers(const Endpoint& endpoint) {
  EventLoop loop;
  int status = -1;
  Connection connection(loop, endpoint,
                        [&](Connection&, const Response& response) { status = response.status; });
  connection.request(render_request(endpoint, {"GET", "/_matrix/client/versions"}, {}, {}));
  const Nanoseconds patience = now_ns() + kSecond;
  while (status < 0 && now_ns() < patience) loop.wait(10 * kMillisecond);
  return status == 200;
}

}  // namespace

Report run_startup(const Subject& subject, const StartupOptions& options) {
  if (options.command.empty())
    throw std::runtime_error("startup needs the command that starts the server after --");
  const Endpoint endpoint = resolve_endpoint(subject.url);
  Report report{.scenario = "startup", .server = subject.server, .metrics = {}, .latencies = {}};
  Histogram latency;
  ProcessUsage usage;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    if (answers(endpoint)) throw std::runtime_error("a server already answers at " + endpoint.url);
    const Nanoseconds begin = now_ns();
    const Child child(options.command);
    while (!answers(endpoint)) {
      if (child.ended()) throw std::runtime_error("the server ended before it answered");
      if (to_seconds(now_ns() - begin) > options.patience_seconds)
        throw std::runtime_error("the server did not start");
      const timespec pause{.tv_sec = 0, .tv_nsec = kMillisecond};
      nanosleep(&pause, nullptr);
    }
    latency.record(now_ns() - begin);
    const pid_t pid = child.pid();
    usage = usage_of({&pid, 1});
  }
  report.add("start", static_cast<double>(latency.at(0.5)) / static_cast<double>(kSecond), "s");
  report.add("CPU used to start", usage.cpu_seconds(), "s");
  report.add("memory after start", static_cast<double>(usage.resident_bytes) / 1048576, "MiB");
  report.latencies.push_back({"start", latency});
  return report;
}

}  // namespace kuramori::bench
