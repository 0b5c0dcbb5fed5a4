// What a sandboxed process may use.
#pragma once
#include <cstdint>

#include "base/clock.hpp"

namespace kuramori::sandbox {

struct Limits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // beyond what the process has when it begins
  std::uint32_t cpu_seconds = 20;
  Milliseconds wall_time =
      std::chrono::seconds(30);  // from the first octet of a job to the last of its answer
  Milliseconds start_time = std::chrono::seconds(30);
  std::uint64_t input_bytes = std::uint64_t{128} << 20;
  std::uint64_t output_bytes = std::uint64_t{16} << 20;
};

}  // namespace kuramori::sandbox
