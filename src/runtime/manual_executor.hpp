// An executor that runs only when told to, on the caller's thread: deterministic tests and the simulator.
//
//   ManualClock clock; ManualExecutor executor(clock);
//   auto result = executor.run(service.send(...));     // drives the loop until the task has ended
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <type_traits>

#include "runtime/executor.hpp"
#include "runtime/task.hpp"
#include "runtime/task_scope.hpp"

namespace kuramori::runtime {

class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(const Clock& clock) : clock_(clock) {}

  void post(std::coroutine_handle<> coroutine) override;
  void post(std::vector<std::coroutine_handle<>> coroutines) override;
  void post(std::move_only_function<void()> job) override;
  void arm(Timer& timer, SteadyTime when) override { timers_.arm(timer, when); }
  void cancel(Timer& timer) noexcept override { timers_.cancel(timer); }
  const Clock& clock() const override { return clock_; }

  // Runs what is queued and what is due until nothing is left; how many jobs ran.
  std::size_t run_until_idle();

  // Runs `task` to its end. Waits for other threads (a worker pool, a store's writer) when there is nothing
  // to do here.
  template <class T>
  T run(Task<T> task) {
    Outcome<T> outcome;
    TaskScope scope;
    post([&scope, t = drive(std::move(task), outcome)]() mutable { scope.spawn(std::move(t)); });
    while (!outcome.done) {
      if (run_until_idle() == 0 && !outcome.done) wait_for_work();
    }
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    if constexpr (!std::is_void_v<T>) return *std::move(outcome.value);
  }

 private:
  template <class T>
  struct Outcome {
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value;
    std::exception_ptr failure;
    bool done = false;
  };
  template <class T>
  static Task<void> drive(Task<T> task, Outcome<T>& outcome) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
      } else {
        outcome.value.emplace(co_await std::move(task));
      }
    } catch (...) {
      outcome.failure = std::current_exception();
    }
    outcome.done = true;
  }
  void wait_for_work();

  const Clock& clock_;
  TimerQueue timers_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::move_only_function<void()>> jobs_;
};

}  // namespace kuramori::runtime
