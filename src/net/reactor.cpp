#include "net/detail/reactor.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <span>
#include <system_error>

#include "base/assert.hpp"

namespace kuramori::net::detail {

namespace asio = boost::asio;

namespace {
constexpr std::size_t kEventsPerTurn = 128;
constexpr std::uint32_t kGone = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
}  // namespace

struct Reactor::Loop {
  explicit Loop(asio::io_context& context) : descriptor(context) {}
  asio::posix::stream_descriptor descriptor;
  std::array<epoll_event, kEventsPerTurn> events{};
  std::span<epoll_event> pending;  // of the current turn, not yet told

  void arm(Reactor& reactor) {
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this, &reactor](const boost::system::error_code& error) {
                            if (error) return;  // closed: neither may exist any longer
                            reactor.dispatch();
                            arm(reactor);
                          });
  }
};

Watch::~Watch() {
  close();
}

bool Watch::open(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(reactor_.epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  descriptor_ = descriptor;
  return true;
}

void Watch::close() noexcept {
  if (descriptor_ < 0) return;
  ensure(awaiter_ == nullptr, "a watch is closed while somebody waits on it");
  ::epoll_ctl(reactor_.epoll_, EPOLL_CTL_DEL, descriptor_, nullptr);
  reactor_.forget(this);
  descriptor_ = -1;
}

void Watch::interrupt() {
  if (awaiter_ == nullptr) return;
  Awaiter* awaiter = std::exchange(awaiter_, nullptr);
  awaiter->outcome_ = Waited::Interrupted;
  reactor_.thread_.cancel(*awaiter);
  reactor_.thread_.post(awaiter->waiter_);
}

void Watch::notify(std::uint32_t events) {
  const bool gone = (events & kGone) != 0;
  if (gone || (events & EPOLLIN) != 0) readable = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable = true;
  if (gone) hung_up = true;
  if (awaiter_ == nullptr) {
    if (gone && listener_ != nullptr) listener_->hung_up();
    return;
  }
  if (!(awaiter_->direction_ == Direction::Read ? readable : writable)) return;
  Awaiter* awaiter = std::exchange(awaiter_, nullptr);
  reactor_.thread_.cancel(*awaiter);
  awaiter->waiter_.resume();
}

bool Watch::Awaiter::await_ready() const noexcept {
  return direction_ == Direction::Read ? watch_.readable : watch_.writable;
}

void Watch::Awaiter::await_suspend(std::coroutine_handle<> waiter) {
  ensure(watch_.awaiter_ == nullptr, "two coroutines wait on one descriptor");
  waiter_ = waiter;
  watch_.awaiter_ = this;
  if (deadline_ != SteadyTime::max()) watch_.reactor_.thread_.arm(*this, deadline_);
}

void Watch::Awaiter::fired() noexcept {
  watch_.awaiter_ = nullptr;
  outcome_ = Waited::TimedOut;
  watch_.reactor_.thread_.post(waiter_);
}

Reactor::Reactor(runtime::IoThread& thread)
    : thread_(thread),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      loop_(std::make_unique<Loop>(thread.context())) {
  if (epoll_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  loop_->descriptor.assign(epoll_);
  loop_->arm(*this);
}

Reactor::~Reactor() = default;

void Reactor::dispatch() {
  const int count = ::epoll_wait(epoll_, loop_->events.data(), static_cast<int>(loop_->events.size()), 0);
  if (count <= 0) return;
  loop_->pending = std::span(loop_->events).first(static_cast<std::size_t>(count));
  while (!loop_->pending.empty()) {
    const epoll_event event = loop_->pending.front();
    loop_->pending = loop_->pending.subspan(1);
    if (event.data.ptr != nullptr) static_cast<Watch*>(event.data.ptr)->notify(event.events);
    // Requests whose changes are durable by now answer before the next one begins.
    thread_.resume_posted();
  }
}

// A watch that goes while a turn is under way must not be told of it any more.
void Reactor::forget(const Watch* watch) noexcept {
  for (epoll_event& event : loop_->pending) {
    if (event.data.ptr == watch) event.data.ptr = nullptr;
  }
}

}  // namespace kuramori::net::detail
