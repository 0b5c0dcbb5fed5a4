// Readiness of one descriptor, for coroutines on its I/O thread.
//
// A wait costs no system call and no allocation, and a hang-up is seen even while nobody waits. Everything
// here runs on the I/O thread.
#pragma once
#include <coroutine>
#include <cstdint>

#include "runtime/io_thread.hpp"

namespace kuramori::net::detail {

enum class Direction : std::uint8_t { Read, Write };
enum class Waited : std::uint8_t { Ready, TimedOut, Interrupted };

// Told that the peer has gone or sends no more. Must not destroy the watch.
class HangupListener {
 public:
  virtual void hung_up() noexcept = 0;

 protected:
  ~HangupListener() = default;
};

// One descriptor in the thread's set; it is not owned. `readable` and `writable` say that the next call may
// succeed: whoever meets EAGAIN clears them.
class Watch final : private runtime::ReadinessListener {
 public:
  Watch(runtime::IoThread& thread, HangupListener* listener) : thread_(thread), listener_(listener) {}
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // False when the system has no room for another watch.
  bool open(int descriptor);
  void close() noexcept;

  bool readable = false;
  bool writable = true;
  // Nothing more will come after what is already in the kernel's buffer.
  bool hung_up = false;

  class [[nodiscard]] Awaiter final : private runtime::Timer {
   public:
    Awaiter(Watch& watch, Direction direction, SteadyTime deadline)
        : watch_(watch), direction_(direction), deadline_(deadline) {}
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<> waiter);
    Waited await_resume() const noexcept { return outcome_; }

   private:
    friend class Watch;
    void fired() noexcept override;
    Watch& watch_;
    Direction direction_;
    SteadyTime deadline_;
    std::coroutine_handle<> waiter_;
    Waited outcome_ = Waited::Ready;
  };
  // `co_await watch.wait(...)`. One waiter at a time; SteadyTime::max() waits for ever.
  Awaiter wait(Direction direction, SteadyTime deadline) { return {*this, direction, deadline}; }
  // Ends a wait in progress.
  void interrupt();

 private:
  void ready(std::uint32_t events) override;

  runtime::IoThread& thread_;
  HangupListener* listener_;
  Awaiter* awaiter_ = nullptr;
  int descriptor_ = -1;
};

// Lets everything else on this thread have its turn.
struct [[nodiscard]] Yield {
  runtime::Executor& executor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const { executor.post(coroutine); }
  void await_resume() const noexcept {}
};

}  // namespace kuramori::net::detail
