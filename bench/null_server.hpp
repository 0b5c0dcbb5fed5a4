#pragma once
// A server that knows nothing and answers at once: what the generator reaches against it is the generator's
// ceiling. Any request gets one constant answer; a sync with `since` waits for the next send, so that fan-out
// has a ceiling too.

#include <cstdint>

namespace kuramori::bench {

// Serves on 127.0.0.1 until SIGINT or SIGTERM.
void serve_null(std::uint16_t port);

}  // namespace kuramori::bench
