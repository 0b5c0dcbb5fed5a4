#include "runtime/sequencer.hpp"

#include "base/assert.hpp"

namespace kuramori::runtime {

Sequencer::~Sequencer() {
  ensure(!busy_ && waiting_.empty(), "a sequencer is destroyed while in use");
}

bool Sequencer::EnterAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  const std::scoped_lock lock(lane_.mutex_);
  if (!lane_.busy_) {
    lane_.busy_ = true;
    return false;
  }
  if (lane_.waiting_.size() >= lane_.waiting_max_) {
    refused_ = true;
    return false;
  }
  ensure(Executor::current() != nullptr, "a lane is entered outside an executor");
  lane_.waiting_.push_back({waiter, Executor::current()});
  return true;
}

Result<Sequencer::Guard> Sequencer::EnterAwaiter::await_resume() {
  if (refused_) {
    return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "Too many requests are waiting for this resource.")
        .with_retry_after_ms(1000);
  }
  return Guard(&lane_);
}

void Sequencer::leave() noexcept {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) {
    busy_ = false;
    return;
  }
  const Waiter next = waiting_.front();
  waiting_.pop_front();
  next.executor->post(next.coroutine);  // the lane stays busy: it is handed over
}

}  // namespace kuramori::runtime
