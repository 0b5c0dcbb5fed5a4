// One event loop on one thread: an executor over an edge-triggered epoll set. `net/` adds sockets to it.
//
// Lives from start() to join(). stop() lets nothing new in; what is queued is dropped only after every
// TaskScope that uses the loop has been joined, which is the owner's duty.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/executor.hpp"

namespace kuramori::runtime {

// Told on the I/O thread, in no coroutine, what has changed about a descriptor: EPOLLIN, EPOLLOUT,
// EPOLLRDHUP, EPOLLHUP, EPOLLERR of epoll(7). It may unwatch itself and others.
class ReadinessListener {
 public:
  virtual void ready(std::uint32_t events) = 0;

 protected:
  ~ReadinessListener() = default;
};

class IoThread final : public Executor {
 public:
  // Throws std::system_error when the system has no descriptors left.
  IoThread(const Clock& clock, std::string name);
  ~IoThread() override;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void start();
  // From any thread; returns at once.
  void stop();
  void join();

  void post(std::coroutine_handle<> coroutine) override;
  void post(std::vector<std::coroutine_handle<>> coroutines) override;
  void post(std::move_only_function<void()> job) override;
  void arm(Timer& timer, SteadyTime when) override;
  void cancel(Timer& timer) noexcept override;
  const Clock& clock() const override;
  // On this thread, between two pieces of work and in no coroutine: resumes what was posted until now. Work
  // that comes in bursts calls it in between, so that what is nearly done need not wait for all that has just
  // begun.
  void resume_posted();

  // On this thread, or while it does not run. The descriptor is not owned, is registered once and never
  // re-armed; false when the system has no room for another. unwatch() comes before it is closed, and nothing
  // is told after it.
  bool watch(int descriptor, ReadinessListener& listener);
  void unwatch(int descriptor, const ReadinessListener& listener) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::runtime
