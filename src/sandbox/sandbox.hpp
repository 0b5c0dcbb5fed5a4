// Untrusted files are examined in a process of their own that can do nothing but compute. One process does
// one job for one file and ends; the next one waits, warmed and confined, so that nobody waits for a program
// to start.
//
//   Sandbox pictures({.metrics = metrics, .log = log}, {.program = "…/kuramori-sandbox", .job =
//   "thumbnail"}); auto outcome = co_await pictures.run(std::move(parameters), std::move(input)); if (outcome
//   && outcome->ending == Ending::Done) use(outcome->output);
//
// At most `processes` jobs at one time, on threads of its own, and `queue_max` that wait; a further one is
// refused as Exhausted. Whatever the process does, a job ends within its limits, and what it answers is
// bounded bytes that the caller must still not trust.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "runtime/task.hpp"
#include "sandbox/limits.hpp"

namespace kuramori::sandbox {

enum class Ending : std::uint8_t {
  Done,         // the output is there
  Refused,      // the job says that it cannot do this; the summary says why
  Crashed,      // it broke, or answered nonsense
  OutOfTime,    // over the limit of wall-clock or processor time
  OutOfMemory,  // over the limit of memory
  Forbidden,    // it called the system for something that no job does: an attack, or a library that must be
                // warmed
};
std::string_view to_string(Ending ending);

struct Outcome {
  Ending ending = Ending::Crashed;
  Bytes summary = {};
  Bytes output = {};
};

// The input, part by part; empty at its end. Called on a thread of the sandbox, where it may block.
using Input = std::move_only_function<Result<ByteView>()>;

class Sandbox {
 public:
  struct Ports {
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  struct Options {
    std::filesystem::path program;
    std::string job;
    Limits limits = {};
    std::size_t processes = 1;
    std::size_t queue_max = 64;
  };
  Sandbox(Ports ports, Options options);
  ~Sandbox();

  // An error when the input fails, the program cannot be started, or too many wait.
  runtime::Task<Result<Outcome>> run(Bytes parameters, Input input);
  // The same, on this thread, which it blocks.
  Result<Outcome> run_here(ByteView parameters, Input& input);

  // The program that stands beside the one that runs.
  static std::filesystem::path program_beside_this();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sandbox
