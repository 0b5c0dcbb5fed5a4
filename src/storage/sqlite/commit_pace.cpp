#include "storage/sqlite/commit_pace.hpp"

#include <algorithm>
#include <cmath>

namespace kuramori::storage::sqlite {
namespace {

// Fewer together are not worth anybody's time.
constexpr double kCompanyUnits = 4;
constexpr std::chrono::milliseconds kMemory(50);
constexpr std::chrono::milliseconds kAlone(100);

double seconds(CommitPace::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

CommitPace::Duration CommitPace::wait(SteadyTime now) {
  has_waited_ = false;
  const bool expects_company = units_per_second_ * seconds(interval_) >= kCompanyUnits;
  if (!expects_company || now < alone_until_) return Duration::zero();
  const Duration left = std::max(last_taken_ + interval_ - now, Duration::zero());
  has_waited_ = left > Duration::zero();
  return left;
}

void CommitPace::took(SteadyTime now, std::size_t units) {
  const auto count = static_cast<double>(units);
  const double age = seconds(now - last_taken_) / seconds(kMemory);
  units_per_second_ = units_per_second_ * std::exp(-age) + count / seconds(kMemory);
  last_taken_ = now;
  if (has_waited_ && count < kCompanyUnits) alone_until_ = now + kAlone;
}

}  // namespace kuramori::storage::sqlite
