// A value that one thread will provide and one coroutine awaits. The coroutine resumes on its own executor.
//
//   auto [promise, future] = one_shot<int>();
//   pool.run([p = std::move(promise)]() mutable { p.set(42); });
//   int value = co_await std::move(future);
#pragma once
#include <atomic>
#include <coroutine>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "runtime/executor.hpp"

namespace kuramori::runtime {

namespace detail {
template <class T>
struct OneShotState {
  std::optional<T> value;
  std::coroutine_handle<> waiter;
  Executor* executor = nullptr;
  std::atomic<bool> other_side_arrived{false};
};
}  // namespace detail

// Coroutines that become ready together, for whoever answers many at once: each executor is woken once.
class Resumptions {
 public:
  void add(Executor& executor, std::coroutine_handle<> coroutine);
  void post();

 private:
  struct OfExecutor {
    Executor* executor;
    std::vector<std::coroutine_handle<>> coroutines;
  };
  std::vector<OfExecutor> ready_;
};

template <class T>
class OneShotPromise {
 public:
  explicit OneShotPromise(std::shared_ptr<detail::OneShotState<T>> state) : state_(std::move(state)) {}
  // Once, from any thread.
  void set(T value) {
    if (const auto state = give(std::move(value))) state->executor->post(state->waiter);
  }
  // The same, but the coroutine resumes only after `later` is posted.
  void set(T value, Resumptions& later) {
    if (const auto state = give(std::move(value))) later.add(*state->executor, state->waiter);
  }

 private:
  // Whoever comes second does the resuming: the state when that is we, null otherwise.
  std::shared_ptr<detail::OneShotState<T>> give(T value) {
    ensure(state_ != nullptr, "a one-shot value is set twice");
    auto state = std::exchange(state_, nullptr);
    state->value.emplace(std::move(value));
    if (!state->other_side_arrived.exchange(true, std::memory_order_acq_rel)) state = nullptr;
    return state;
  }

  std::shared_ptr<detail::OneShotState<T>> state_;
};

template <class T>
class [[nodiscard]] OneShotFuture {
 public:
  explicit OneShotFuture(std::shared_ptr<detail::OneShotState<T>> state) : state_(std::move(state)) {}

  // The value, when it was set before anybody awaited it; null otherwise.
  const T* peek() const noexcept {
    return state_->other_side_arrived.load(std::memory_order_acquire) ? &*state_->value : nullptr;
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) noexcept {
    state_->waiter = waiter;
    state_->executor = Executor::current();
    ensure(state_->executor != nullptr, "a future is awaited outside an executor");
    return !state_->other_side_arrived.exchange(true, std::memory_order_acq_rel);
  }
  T await_resume() { return *std::move(state_->value); }

 private:
  std::shared_ptr<detail::OneShotState<T>> state_;
};

template <class T>
std::pair<OneShotPromise<T>, OneShotFuture<T>> one_shot() {
  auto state = std::make_shared<detail::OneShotState<T>>();
  return {OneShotPromise<T>(state), OneShotFuture<T>(state)};
}

}  // namespace kuramori::runtime
