// Joins every coroutine that was spawned into it. Declare it last in its class, so that what the coroutines
// use outlives them; its destructor asserts that nobody is left inside.
//
//   scope.spawn(serve(connection));
//   ...
//   co_await scope.join();       // asks all to stop, and waits until the last has ended
#pragma once
#include <atomic>
#include <coroutine>
#include <mutex>
#include <stop_token>

#include "runtime/task.hpp"

namespace kuramori::runtime {

class Executor;

class TaskScope {
 public:
  TaskScope() = default;
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  // Starts the task on the calling thread, up to its first suspension. An exception that leaves it ends the
  // process.
  void spawn(Task<void> task);
  // Starts it on `executor` instead.
  void spawn_on(Executor& executor, Task<void> task);

  std::stop_token stop_token() const { return stop_.get_token(); }
  void request_stop() { stop_.request_stop(); }
  // Requests the stop and returns when no task is left. One joiner.
  Task<void> join();
  // The same from a thread that runs no executor.
  void join_blocking();
  std::size_t running() const { return running_.load(std::memory_order_acquire); }

 private:
  struct JoinAwaiter;
  void task_ended() noexcept;

  std::stop_source stop_;
  std::atomic<std::size_t> running_{0};
  std::mutex mutex_;
  std::coroutine_handle<> joiner_;
  Executor* joiner_executor_ = nullptr;
};

}  // namespace kuramori::runtime
