#pragma once
// One thread, one epoll: the generator must cost less than what it measures.

#include <sys/epoll.h>

#include <array>
#include <cstdint>

#include "clock.hpp"

namespace kuramori::bench {

// Whoever owns a descriptor registered with the loop. Registrations are edge-triggered, for reading and
// writing.
class Watcher {
 public:
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  Watcher() = default;
  Watcher(const Watcher&) = default;
  Watcher& operator=(const Watcher&) = default;
  ~Watcher() = default;
};

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void add(int descriptor, Watcher& watcher);
  // Waits up to `span` (a negative span: without end) and delivers what is ready.
  void wait(Nanoseconds span);
  // Delivers what happens during `span`.
  void run_for(Nanoseconds span);

 private:
  int epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace kuramori::bench
