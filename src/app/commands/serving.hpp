// Runs a service until the process is told to stop.
#pragma once
#include <functional>

#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "app/service.hpp"

namespace kuramori::app {

// Blocks until SIGINT or SIGTERM. `on_ready` is called when requests are accepted.
ExitCode serve_until_signal(const Config& config, const std::function<void(Service&)>& on_ready);

}  // namespace kuramori::app
