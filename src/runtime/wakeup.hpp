// Wakes one waiting coroutine, or the deadline does. Used by a parked sync: `notify` may come from any
// thread, any number of times, before or during the wait; a notification that came early is not lost.
#pragma once
#include <atomic>
#include <coroutine>
#include <cstdint>

#include "runtime/executor.hpp"

namespace kuramori::runtime {

class Wakeup {
 public:
  Wakeup() = default;
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // From any thread. The caller must keep the object alive meanwhile (hold it by shared_ptr, or under the
  // registry's lock).
  void notify() noexcept;

  class [[nodiscard]] Awaiter final : private Timer {
   public:
    Awaiter(Wakeup& wakeup, SteadyTime deadline) : wakeup_(wakeup), deadline_(deadline) {}
    bool await_ready() const noexcept;
    bool await_suspend(std::coroutine_handle<> waiter) noexcept;
    // True when notified, false when the deadline passed first. Consumes the notification.
    bool await_resume() noexcept;

   private:
    void fired() noexcept override;
    Wakeup& wakeup_;
    SteadyTime deadline_;
  };

  // `co_await wakeup.wait_until(deadline)`. One waiter at a time, on an executor's thread.
  Awaiter wait_until(SteadyTime deadline) { return {*this, deadline}; }

 private:
  enum class State : std::uint8_t { Idle, Waiting, Notified, TimedOut };
  std::atomic<State> state_{State::Idle};
  std::coroutine_handle<> waiter_;
  Executor* executor_ = nullptr;
};

}  // namespace kuramori::runtime
