#include "event_loop.hpp"

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

namespace kuramori::bench {

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

EventLoop::~EventLoop() {
  close(epoll_);
}

void EventLoop::add(int descriptor, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  }
}

void EventLoop::wait(Nanoseconds span) {
  timespec limit{.tv_sec = span / kSecond, .tv_nsec = span % kSecond};
  const int ready = epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()),
                                 span < 0 ? nullptr : &limit, nullptr);
  if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::system_category(), "epoll_pwait2");
  for (int index = 0; index < ready; ++index) {
    const epoll_event& event = events_[static_cast<std::size_t>(index)];
    static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
  }
}

void EventLoop::run_for(Nanoseconds span) {
  const Nanoseconds end = now_ns() + span;
  for (Nanoseconds now = now_ns(); now < end; now = now_ns()) wait(end - now);
}

}  // namespace kuramori::bench
