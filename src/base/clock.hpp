// Time comes only through `Clock`, so that tests decide what time it is.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace kuramori {

using Milliseconds = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Milliseconds>;     // UTC
using SteadyTime = std::chrono::steady_clock::time_point;  // never jumps; for deadlines and durations

inline std::int64_t to_unix_ms(Timestamp t) {
  return t.time_since_epoch().count();
}
inline Timestamp from_unix_ms(std::int64_t ms) {
  return Timestamp(Milliseconds(ms));
}

// 2026-01-31T12:34:56.789Z
std::string to_rfc3339(Timestamp t);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual SteadyTime steady_now() const = 0;
  std::int64_t now_ms() const { return to_unix_ms(now()); }
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  SteadyTime steady_now() const override;
};

// For tests: stands still until told to move. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = from_unix_ms(1'767'225'600'000)) : now_(start) {}
  Timestamp now() const override { return now_; }
  SteadyTime steady_now() const override { return steady_; }
  void advance(Milliseconds by) {
    now_ += by;
    steady_ += by;
  }
  // Wall time alone, as when an administrator sets it back.
  void set_wall(Timestamp to) { now_ = to; }

 private:
  Timestamp now_;
  SteadyTime steady_{std::chrono::hours(1)};
};

}  // namespace kuramori
