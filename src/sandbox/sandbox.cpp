#include "sandbox/sandbox.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "runtime/worker_pool.hpp"
#include "sandbox/confinement.hpp"
#include "sandbox/exchange.hpp"

namespace kuramori::sandbox {
namespace {

constexpr std::array kEndings{Ending::Done,      Ending::Refused,     Ending::Crashed,
                              Ending::OutOfTime, Ending::OutOfMemory, Ending::Forbidden};

std::vector<std::string> arguments_of(const std::string& job, const Limits& limits) {
  return {job, std::to_string(limits.memory_bytes), std::to_string(limits.cpu_seconds),
          std::to_string(limits.input_bytes), std::to_string(limits.output_bytes)};
}

// What an end without an answer means.
Ending ending_of(int status) {
  if (WIFEXITED(status)) {
    return WEXITSTATUS(status) == kExitOutOfMemory ? Ending::OutOfMemory : Ending::Crashed;
  }
  switch (WTERMSIG(status)) {
    case SIGSYS:
      return Ending::Forbidden;
    case SIGXCPU:
      return Ending::OutOfTime;
    case SIGKILL:  // not by us: the system has no memory left
      return Ending::OutOfMemory;
    default:
      return Ending::Crashed;
  }
}

std::string describe(int status) {
  if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  return "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::Done:
      return "done";
    case Ending::Refused:
      return "refused";
    case Ending::Crashed:
      return "crashed";
    case Ending::OutOfTime:
      return "out_of_time";
    case Ending::OutOfMemory:
      return "out_of_memory";
    case Ending::Forbidden:
      return "forbidden_call";
  }
  return "";
}

struct Sandbox::State {
  State(Ports p, Options o)
      : ports(std::move(p)),
        options(std::move(o)),
        seconds(ports.metrics.histogram("kuramori_sandbox_seconds", "Duration of sandboxed jobs.",
                                        duration_bounds(), {{"job", options.job}})),
        pool({.name = "sandbox", .threads = options.processes, .queue_max = options.queue_max}) {
    for (const Ending ending : kEndings) {
      endings.push_back(&ports.metrics.counter(
          "kuramori_sandbox_jobs_total", "Jobs in sandboxed processes, by how they ended.",
          {{"job", options.job}, {"ending", std::string(to_string(ending))}}));
    }
  }

  Result<Process> take();
  void prepare();
  Result<Outcome> converse(Process& process, ByteView parameters, Input& input);

  Ports ports;
  const Options options;
  Histogram& seconds;
  std::vector<Counter*> endings;
  std::mutex mutex;
  std::vector<Process> waiting;  // started, and ready or about to be
  runtime::WorkerPool pool;      // last: its threads use the rest
};

// A process that waits, or a new one. One that died while it waited (an administrator may have ended it) is
// of no use.
Result<Process> Sandbox::State::take() {
  for (;;) {
    std::unique_lock lock(mutex);
    if (waiting.empty()) break;
    Process process = std::move(waiting.back());
    waiting.pop_back();
    lock.unlock();
    if (process.is_alive()) return process;
  }
  return Process::start(options.program, arguments_of(options.job, options.limits));
}

void Sandbox::State::prepare() {
  {
    const std::scoped_lock lock(mutex);
    if (waiting.size() >= options.processes) return;
  }
  auto process = Process::start(options.program, arguments_of(options.job, options.limits));
  if (!process) return;  // whoever needs it will say why
  const std::scoped_lock lock(mutex);
  waiting.push_back(*std::move(process));
}

Result<Outcome> Sandbox::State::converse(Process& process, ByteView parameters, Input& input) {
  Exchange start(process.pipe(), ports.clock, ports.clock.steady_now() + options.limits.start_time);
  if (start.await_ready() != Exchange::Stopped::No) {
    const std::string how = start.stopped() == Exchange::Stopped::Late ? "too slow" : describe(process.end());
    return unavailable("The program that examines files does not work.",
                       options.program.string() + " " + options.job + ": " + how);
  }
  AnswerReader reader(options.limits.output_bytes);
  Exchange exchange(process.pipe(), ports.clock, ports.clock.steady_now() + options.limits.wall_time);
  KURAMORI_TRY(reading, exchange.talk(parameters, input, reader));
  if (reading == Reading::Complete) {
    Answer answer = std::move(reader).take();
    return Outcome{.ending = answer.verdict == Verdict::Done ? Ending::Done : Ending::Refused,
                   .summary = std::move(answer.summary),
                   .output = std::move(answer.output)};
  }
  if (exchange.stopped() == Exchange::Stopped::Late) return Outcome{.ending = Ending::OutOfTime};
  if (reading == Reading::Malformed) return Outcome{.ending = Ending::Crashed};
  return Outcome{.ending = ending_of(process.end())};
}

Sandbox::Sandbox(Ports ports, Options options)
    : state_(std::make_unique<State>(std::move(ports), std::move(options))) {}
Sandbox::~Sandbox() = default;

Result<Outcome> Sandbox::run_here(ByteView parameters, Input& input) {
  State& s = *state_;
  const SteadyTime begun = s.ports.clock.steady_now();
  Result<Outcome> outcome = internal_error("no outcome");
  {
    KURAMORI_TRY(process, s.take());
    outcome = s.converse(process, parameters, input);
  }
  s.prepare();
  if (!outcome) return outcome;
  s.endings[static_cast<std::size_t>(outcome->ending)]->add();
  s.seconds.observe(std::chrono::duration<double>(s.ports.clock.steady_now() - begun).count());
  if (outcome->ending == Ending::Crashed || outcome->ending == Ending::Forbidden) {
    s.ports.log.warning("sandboxed_job_ended_badly",
                        {{"job", s.options.job}, {"ending", to_string(outcome->ending)}});
  }
  return outcome;
}

runtime::Task<Result<Outcome>> Sandbox::run(Bytes parameters, Input input) {
  auto work = [this, p = std::move(parameters), i = std::move(input)]() mutable { return run_here(p, i); };
  auto outcome = co_await state_->pool.run(std::move(work));
  co_return outcome;
}

std::filesystem::path Sandbox::program_beside_this() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path() / "kuramori-sandbox";
}

}  // namespace kuramori::sandbox
