#include "runtime/background.hpp"

#include <sched.h>
#include <sys/resource.h>

namespace kuramori::runtime {
namespace {

constexpr int kNiceness = 10;
constexpr std::chrono::seconds kStarving{2};  // for steps of some ten milliseconds

}  // namespace

void work_in_background() {
  // On Linux this is the calling thread alone.
  setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kNiceness);
}

void work_when_idle() {
  work_in_background();  // where the next is not allowed
  const sched_param none{};
  sched_setscheduler(0, SCHED_IDLE, &none);
}

bool BackgroundTurns::enter(Lane lane, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] { return turn_ == lane; }) && !stop.stop_requested();
}

bool BackgroundTurns::pass(Lane lane, SteadyTime::duration worked) {
  if (lane == Lane::WhenIdle && worked < kStarving) return false;
  {
    const std::scoped_lock lock(mutex_);
    turn_ = lane == Lane::WhenIdle ? Lane::Background : Lane::WhenIdle;
  }
  changed_.notify_all();
  return true;
}

}  // namespace kuramori::runtime
