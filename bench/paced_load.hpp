#pragma once
// Requests at a pace. Closed loop: each connection starts its next request when its last was answered, which
// finds the peak. Open loop: requests are due at fixed moments whatever the server does, and latency counts
// from the moment a request was due, so that a stall is seen by every request it delayed.

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "event_loop.hpp"
#include "histogram.hpp"
#include "response_parser.hpp"

namespace kuramori::bench {

struct Pace {
  std::size_t connections = 1;
  double rate = 0;  // 0: closed loop
  std::size_t count_max = 0;
  Nanoseconds warmup = 0;
  Nanoseconds measured = 0;
};

struct Load {
  std::function<std::string(std::size_t number)> render;
  std::function<void(std::size_t number, const Response&)> accept = {};  // only answers with status 200
};

struct Outcome {
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  double generator_cpu_seconds = 0;
  Histogram latency;
};

// Throws std::runtime_error when requests stay unanswered for half a minute.
Outcome run_load(EventLoop& loop, const Endpoint& endpoint, const Load& load, const Pace& pace,
                 const std::vector<pid_t>& pids);

}  // namespace kuramori::bench
