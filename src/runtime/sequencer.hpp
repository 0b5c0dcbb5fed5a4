// A lane: those who enter pass one after another, in the order of arrival, each holding the lane until its
// guard goes. The only lock that may be held across a suspension point. The queue is bounded.
//
//   auto entered = co_await lane.enter();
//   if (!entered) co_return entered.error();      // the queue is full
//   ... the guard in *entered leaves the lane when it is destroyed
#pragma once
#include <coroutine>
#include <deque>
#include <mutex>

#include "base/result.hpp"
#include "runtime/executor.hpp"

namespace kuramori::runtime {

class Sequencer {
 public:
  explicit Sequencer(std::size_t waiting_max = 1024) : waiting_max_(waiting_max) {}
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  class Guard {
   public:
    explicit Guard(Sequencer* lane) : lane_(lane) {}
    Guard(Guard&& other) noexcept : lane_(std::exchange(other.lane_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (lane_ != nullptr) lane_->leave();
    }

   private:
    Sequencer* lane_;
  };

  class [[nodiscard]] EnterAwaiter {
   public:
    explicit EnterAwaiter(Sequencer& lane) : lane_(lane) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter);
    Result<Guard> await_resume();

   private:
    Sequencer& lane_;
    bool refused_ = false;
  };

  EnterAwaiter enter() { return EnterAwaiter(*this); }

 private:
  struct Waiter {
    std::coroutine_handle<> coroutine;
    Executor* executor;
  };
  void leave() noexcept;

  std::size_t waiting_max_;
  std::mutex mutex_;
  bool busy_ = false;
  std::deque<Waiter> waiting_;
};

}  // namespace kuramori::runtime
