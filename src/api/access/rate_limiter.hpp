// Token buckets in a bounded table (the generic cell rate algorithm: a bucket is one moment in time).
// Thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kuramori::api {

// Steady use per second, and how much may come at once.
struct RateLimit {
  double per_second = 0;  // 0: no limit
  double burst = 0;
};

// The limits of an interface by name ("message", "login", …); values from the configuration.
struct RateLimits {
  bool enabled = true;
  std::vector<std::pair<std::string, RateLimit>> limits;

  RateLimit find(std::string_view name) const;  // no limit when there is none of this name, or none at all
};

class RateLimiter {
 public:
  explicit RateLimiter(std::size_t buckets_max = 200'000) : per_shard_max_(buckets_max / kShards) {}

  // Zero when the act may go on; otherwise how long to wait. `name` and `key` together name the bucket.
  Milliseconds take(const RateLimit& limit, std::string_view name, std::string_view key, SteadyTime now);

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, SteadyTime> full_again;  // when the bucket will be full
  };

  std::size_t per_shard_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace kuramori::api
