#include "runtime/task_scope.hpp"

#include "base/assert.hpp"
#include "runtime/executor.hpp"

namespace kuramori::runtime {
namespace {

// Starts at once, destroys itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
};

template <class OnEnd>
Detached run_detached(Task<void> task, OnEnd on_end) {
  {
    // The task's frame must be gone before the scope hears of the end: it may refer to what the joiner
    // destroys.
    Task<void> owned = std::move(task);
    co_await std::move(owned);
  }
  on_end();
}

}  // namespace

struct TaskScope::JoinAwaiter {
  TaskScope& scope;
  bool await_ready() const noexcept { return scope.running() == 0; }
  bool await_suspend(std::coroutine_handle<> joiner) noexcept {
    const std::scoped_lock lock(scope.mutex_);
    if (scope.running() == 0) return false;
    scope.joiner_executor_ = Executor::current();
    ensure(scope.joiner_executor_ != nullptr, "a scope is joined outside an executor");
    scope.joiner_ = joiner;
    return true;
  }
  void await_resume() const noexcept {
    // The last task decrements under the lock; passing through it orders its release before our return.
    const std::scoped_lock lock(scope.mutex_);
  }
};

TaskScope::~TaskScope() {
  {
    const std::scoped_lock lock(mutex_);
  }
  ensure(running() == 0, "a task scope is destroyed with tasks inside");
}

void TaskScope::spawn(Task<void> task) {
  running_.fetch_add(1, std::memory_order_acq_rel);
  run_detached(std::move(task), [this] { task_ended(); });
}

void TaskScope::spawn_on(Executor& executor, Task<void> task) {
  running_.fetch_add(1, std::memory_order_acq_rel);
  executor.post(
      [this, t = std::move(task)]() mutable { run_detached(std::move(t), [this] { task_ended(); }); });
}

Task<void> TaskScope::join() {
  stop_.request_stop();
  co_await JoinAwaiter{*this};
}

void TaskScope::join_blocking() {
  stop_.request_stop();
  for (std::size_t left = running(); left != 0; left = running()) running_.wait(left);
  const std::scoped_lock lock(mutex_);
}

void TaskScope::task_ended() noexcept {
  std::coroutine_handle<> joiner;
  Executor* executor = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      joiner = std::exchange(joiner_, nullptr);
      executor = joiner_executor_;
    }
    running_.notify_all();
  }
  if (joiner) executor->post(joiner);
}

}  // namespace kuramori::runtime
