// Where coroutines run. Each I/O thread is an executor; a coroutine that waits for something outside resumes
// on the executor it was on. Timers live in the waiting coroutine's frame: waiting allocates nothing.
#pragma once
#include <coroutine>
#include <functional>
#include <vector>

#include "base/clock.hpp"

namespace kuramori::runtime {

// One pending timer. Armed and cancelled only on its executor's thread.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void fired() noexcept = 0;

 private:
  friend class TimerQueue;
  SteadyTime when_;
  std::size_t slot_ = static_cast<std::size_t>(-1);  // place in the heap; the maximum when not armed
};

// A binary heap of timers that are owned elsewhere.
class TimerQueue {
 public:
  void arm(Timer& timer, SteadyTime when);
  void cancel(Timer& timer) noexcept;
  // Removes and fires every timer that is due.
  void fire_due(SteadyTime now);
  bool empty() const { return heap_.empty(); }
  SteadyTime earliest() const { return heap_.front()->when_; }

 private:
  void place(std::size_t slot, Timer* timer);
  void sift_up(std::size_t slot);
  void sift_down(std::size_t slot);
  std::vector<Timer*> heap_;
};

class Executor {
 public:
  virtual ~Executor() = default;
  // From any thread. The coroutine resumes on this executor's thread, never inside this call.
  virtual void post(std::coroutine_handle<> coroutine) = 0;
  // From any thread. The same for several at once, in this order: its thread is woken once.
  virtual void post(std::vector<std::coroutine_handle<>> coroutines) = 0;
  // From any thread.
  virtual void post(std::move_only_function<void()> job) = 0;
  // On this executor's thread only.
  virtual void arm(Timer& timer, SteadyTime when) = 0;
  virtual void cancel(Timer& timer) noexcept = 0;
  virtual const Clock& clock() const = 0;

  // The executor that runs the current thread; null on any other thread.
  static Executor* current() noexcept;

 protected:
  // Marks the current thread as run by `executor` for its lifetime.
  class Scope {
   public:
    explicit Scope(Executor* executor) noexcept;
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Executor* previous_;
  };
};

}  // namespace kuramori::runtime
