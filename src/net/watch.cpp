#include "net/detail/watch.hpp"

#include <sys/epoll.h>

#include <utility>

#include "base/assert.hpp"

namespace kuramori::net::detail {

namespace {
constexpr std::uint32_t kGone = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
}  // namespace

Watch::~Watch() {
  close();
}

bool Watch::open(int descriptor) {
  if (!thread_.watch(descriptor, *this)) return false;
  descriptor_ = descriptor;
  return true;
}

void Watch::close() noexcept {
  if (descriptor_ < 0) return;
  ensure(awaiter_ == nullptr, "a watch is closed while somebody waits on it");
  thread_.unwatch(descriptor_, *this);
  descriptor_ = -1;
}

void Watch::interrupt() {
  if (awaiter_ == nullptr) return;
  Awaiter* awaiter = std::exchange(awaiter_, nullptr);
  awaiter->outcome_ = Waited::Interrupted;
  thread_.cancel(*awaiter);
  thread_.post(awaiter->waiter_);
}

void Watch::ready(std::uint32_t events) {
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
  thread_.cancel(*awaiter);
  awaiter->waiter_.resume();
}

bool Watch::Awaiter::await_ready() const noexcept {
  return direction_ == Direction::Read ? watch_.readable : watch_.writable;
}

void Watch::Awaiter::await_suspend(std::coroutine_handle<> waiter) {
  ensure(watch_.awaiter_ == nullptr, "two coroutines wait on one descriptor");
  waiter_ = waiter;
  watch_.awaiter_ = this;
  if (deadline_ != SteadyTime::max()) watch_.thread_.arm(*this, deadline_);
}

void Watch::Awaiter::fired() noexcept {
  watch_.awaiter_ = nullptr;
  outcome_ = Waited::TimedOut;
  watch_.thread_.post(waiter_);
}

}  // namespace kuramori::net::detail
