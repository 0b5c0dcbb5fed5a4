#include "api/access/rate_limiter.hpp"

#include <algorithm>
#include <chrono>

namespace kuramori::api {

RateLimit RateLimits::find(std::string_view name) const {
  if (!enabled || name.empty()) return {};
  for (const auto& [limit_name, limit] : limits) {
    if (limit_name == name) return limit;
  }
  return {};
}

Milliseconds RateLimiter::take(const RateLimit& limit, std::string_view name, std::string_view key,
                               SteadyTime now) {
  if (limit.per_second <= 0) return Milliseconds(0);
  using Duration = SteadyTime::duration;
  const auto interval =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / limit.per_second));
  const auto slack = std::chrono::duration_cast<Duration>(interval * std::max(0.0, limit.burst - 1));

  std::string bucket;
  bucket.reserve(name.size() + key.size() + 1);
  bucket.append(name).append(1, ' ').append(key);
  Shard& shard = shards_[std::hash<std::string>{}(bucket) % kShards];
  const std::scoped_lock lock(shard.mutex);
  if (shard.full_again.size() >= per_shard_max_) {
    std::erase_if(shard.full_again, [now](const auto& entry) { return entry.second <= now; });
    // Everybody at once is over a limit: forgetting lets some through, which is better than to grow.
    if (shard.full_again.size() >= per_shard_max_) shard.full_again.clear();
  }
  SteadyTime& full_again = shard.full_again[std::move(bucket)];
  full_again = std::max(full_again, now);
  if (full_again - now > slack) {
    return std::chrono::ceil<Milliseconds>(full_again - now - slack);
  }
  full_again += interval;
  return Milliseconds(0);
}

}  // namespace kuramori::api
