#pragma once
// Many requests over a few connections, each connection starting the next one when its last was answered.

#include <cstddef>
#include <functional>
#include <string>

#include "endpoint.hpp"
#include "event_loop.hpp"
#include "response_parser.hpp"

namespace kuramori::bench {

struct Batch {
  std::size_t requests = 0;
  std::size_t connections = 16;
  std::function<std::string(std::size_t index)> render;
  std::function<void(std::size_t index, const Response&)> accept;  // only answers with status 200
};

// Tries a request again when the server was busy (429, 5xx, a broken connection), five times at most; throws
// std::runtime_error that names what the server answered when one fails for good.
void run_batch(EventLoop& loop, const Endpoint& endpoint, const Batch& batch);

}  // namespace kuramori::bench
