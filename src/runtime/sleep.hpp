// Suspends a coroutine for a while: `co_await sleep_for(seconds)`. Ends early when the token asks to stop.
#pragma once
#include <memory>
#include <stop_token>

#include "runtime/task.hpp"
#include "runtime/wakeup.hpp"

namespace kuramori::runtime {

// True when the time has passed, false when stopped first.
inline Task<bool> sleep_for(Milliseconds duration, std::stop_token stop = {}) {
  const auto wakeup = std::make_shared<Wakeup>();
  const std::stop_callback on_stop(stop, [wakeup] { wakeup->notify(); });
  const SteadyTime deadline = Executor::current()->clock().steady_now() + duration;
  const bool stopped = co_await wakeup->wait_until(deadline);
  co_return !stopped;
}

}  // namespace kuramori::runtime
