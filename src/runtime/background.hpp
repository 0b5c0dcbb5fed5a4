// Threads that nobody waits for.
#pragma once
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.hpp"

namespace kuramori::runtime {

// The calling thread steps back behind those that people wait for, relative to what the operator gave the
// process. There is no way back without privileges.
void work_in_background();

// The calling thread gets a core only while no other thread wants it. For work that may wait long, and that
// holds nothing meanwhile which others wait for longer than a moment.
void work_when_idle();

// Two threads for the same work, one step at a time: the one that works when idle, and one that works in the
// background, which does the next step when one of the first took so long that it starves.
//
//   while (turns.enter(lane, stop)) {
//     const SteadyTime begun = clock.steady_now();
//     step();
//     if (!turns.pass(lane, clock.steady_now() - begun)) wait_for_more();
//   }
class BackgroundTurns {
 public:
  enum class Lane : bool { WhenIdle, Background };
  // Waits for the lane's turn; false when `stop` was requested.
  bool enter(Lane lane, const std::stop_token& stop);
  // After a step: true when the turn went to the other lane.
  bool pass(Lane lane, SteadyTime::duration worked);

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Lane turn_ = Lane::WhenIdle;
};

}  // namespace kuramori::runtime
