#include "runtime/manual_executor.hpp"

namespace kuramori::runtime {

void ManualExecutor::post(std::coroutine_handle<> coroutine) {
  post([coroutine] { coroutine.resume(); });
}

void ManualExecutor::post(std::vector<std::coroutine_handle<>> coroutines) {
  for (const std::coroutine_handle<> coroutine : coroutines) post(coroutine);
}

void ManualExecutor::post(std::move_only_function<void()> job) {
  const std::scoped_lock lock(mutex_);
  jobs_.push_back(std::move(job));
  arrived_.notify_one();
}

std::size_t ManualExecutor::run_until_idle() {
  const Scope scope(this);
  std::size_t ran = 0;
  for (;;) {
    timers_.fire_due(clock_.steady_now());
    std::move_only_function<void()> job;
    {
      const std::scoped_lock lock(mutex_);
      if (jobs_.empty()) return ran;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
    ++ran;
  }
}

void ManualExecutor::wait_for_work() {
  std::unique_lock lock(mutex_);
  // The timeout lets timers of a real clock come due.
  arrived_.wait_for(lock, std::chrono::milliseconds(5), [this] { return !jobs_.empty(); });
}

}  // namespace kuramori::runtime
