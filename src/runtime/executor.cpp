#include "runtime/executor.hpp"

#include "base/assert.hpp"

namespace kuramori::runtime {
namespace {
constexpr auto kNotArmed = static_cast<std::size_t>(-1);
thread_local Executor* current_executor = nullptr;
}  // namespace

Executor* Executor::current() noexcept {
  return current_executor;
}
Executor::Scope::Scope(Executor* executor) noexcept : previous_(current_executor) {
  current_executor = executor;
}
Executor::Scope::~Scope() {
  current_executor = previous_;
}

void TimerQueue::arm(Timer& timer, SteadyTime when) {
  ensure(timer.slot_ == kNotArmed, "a timer is armed twice");
  timer.when_ = when;
  heap_.push_back(&timer);
  timer.slot_ = heap_.size() - 1;
  sift_up(timer.slot_);
}

void TimerQueue::cancel(Timer& timer) noexcept {
  if (timer.slot_ == kNotArmed) return;
  const std::size_t slot = timer.slot_;
  timer.slot_ = kNotArmed;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(slot, last);
  sift_up(slot);
  sift_down(last->slot_);
}

void TimerQueue::fire_due(SteadyTime now) {
  while (!heap_.empty() && heap_.front()->when_ <= now) {
    Timer* due = heap_.front();
    cancel(*due);
    due->fired();
  }
}

void TimerQueue::place(std::size_t slot, Timer* timer) {
  heap_[slot] = timer;
  timer->slot_ = slot;
}

void TimerQueue::sift_up(std::size_t slot) {
  Timer* timer = heap_[slot];
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 2;
    if (heap_[parent]->when_ <= timer->when_) break;
    place(slot, heap_[parent]);
    slot = parent;
  }
  place(slot, timer);
}

void TimerQueue::sift_down(std::size_t slot) {
  Timer* timer = heap_[slot];
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
    if (timer->when_ <= heap_[child]->when_) break;
    place(slot, heap_[child]);
    slot = child;
  }
  place(slot, timer);
}

}  // namespace kuramori::runtime
