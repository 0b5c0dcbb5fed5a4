#pragma once
// What the processes of a server used, read from /proc: its own and all its descendants', so that a database
// counts.

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace kuramori::bench {

struct ProcessUsage {
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t resident_bytes = 0;  // proportional: pages shared by several processes count once

  double cpu_seconds() const { return user_seconds + system_seconds; }
};

// Descendants that ended and were waited for are counted by their parents. Throws std::runtime_error when one
// of `roots` does not run.
ProcessUsage usage_of(std::span<const pid_t> roots);

}  // namespace kuramori::bench
