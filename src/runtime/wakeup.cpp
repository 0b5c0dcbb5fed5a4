#include "runtime/wakeup.hpp"

#include "base/assert.hpp"

namespace kuramori::runtime {

void Wakeup::notify() noexcept {
  if (state_.exchange(State::Notified, std::memory_order_acq_rel) == State::Waiting) executor_->post(waiter_);
}

bool Wakeup::Awaiter::await_ready() const noexcept {
  return wakeup_.state_.load(std::memory_order_acquire) == State::Notified;
}

bool Wakeup::Awaiter::await_suspend(std::coroutine_handle<> waiter) noexcept {
  wakeup_.waiter_ = waiter;
  wakeup_.executor_ = Executor::current();
  ensure(wakeup_.executor_ != nullptr, "a wakeup is awaited outside an executor");
  wakeup_.executor_->arm(*this, deadline_);
  auto expected = State::Idle;
  if (wakeup_.state_.compare_exchange_strong(expected, State::Waiting, std::memory_order_acq_rel))
    return true;
  return false;  // notified meanwhile; await_resume disarms the timer
}

bool Wakeup::Awaiter::await_resume() noexcept {
  if (wakeup_.executor_ != nullptr) wakeup_.executor_->cancel(*this);
  return wakeup_.state_.exchange(State::Idle, std::memory_order_acq_rel) == State::Notified;
}

void Wakeup::Awaiter::fired() noexcept {
  auto expected = State::Waiting;
  // Losing this race means that a notification has already posted the waiter.
  if (wakeup_.state_.compare_exchange_strong(expected, State::TimedOut, std::memory_order_acq_rel)) {
    wakeup_.executor_->post(wakeup_.waiter_);
  }
}

}  // namespace kuramori::runtime
