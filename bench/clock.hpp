#pragma once
// Time as the generator counts it: nanoseconds of the monotonic clock.

#include <chrono>
#include <cstdint>

namespace kuramori::bench {

using Nanoseconds = std::int64_t;

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1'000'000'000;

inline Nanoseconds now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

constexpr double to_seconds(Nanoseconds span) {
  return static_cast<double>(span) / static_cast<double>(kSecond);
}

constexpr Nanoseconds from_seconds(double seconds) {
  return static_cast<Nanoseconds>(seconds * static_cast<double>(kSecond));
}

}  // namespace kuramori::bench
