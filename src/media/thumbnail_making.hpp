// Which thumbnails are being made, so that each is made once however many ask; and which cannot be made, so
// that nobody tries again and again. Thread-safe.
#pragma once
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/one_shot.hpp"

namespace kuramori::media::detail {

struct Thumbnail {
  std::string blob;  // that of the original, when it serves as it is
  std::string content_type;
  std::uint64_t bytes = 0;
};

class ThumbnailMaking {
 public:
  static constexpr std::size_t kFailuresMax = 10'000;
  static constexpr Milliseconds kFailureAge = std::chrono::minutes(10);

  using Outcome = Result<Thumbnail>;
  using Future = runtime::OneShotFuture<Outcome>;

  // Nothing for the first, who makes it and then calls finish(); the others wait for that.
  std::optional<Future> join(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    const auto [place, is_first] = waiting_.try_emplace(key);
    if (is_first) return std::nullopt;
    auto [promise, future] = runtime::one_shot<Outcome>();
    place->second.push_back(std::move(promise));
    return std::move(future);
  }
  void finish(const std::string& key, const Outcome& outcome) {
    std::vector<runtime::OneShotPromise<Outcome>> waiting;
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = waiting_.find(key); found != waiting_.end()) {
        waiting = std::move(found->second);
        waiting_.erase(found);
      }
    }
    for (auto& promise : waiting) promise.set(outcome);
  }

  void remember_failure(const std::string& key, const Error& error, SteadyTime now) {
    const std::scoped_lock lock(mutex_);
    if (failures_.size() >= kFailuresMax) {
      failures_.erase(oldest_.front());
      oldest_.pop_front();
    }
    if (failures_.insert_or_assign(key, Failure{error, now + kFailureAge}).second) oldest_.push_back(key);
  }
  std::optional<Error> failure_of(const std::string& key, SteadyTime now) {
    const std::scoped_lock lock(mutex_);
    const auto found = failures_.find(key);
    if (found == failures_.end() || found->second.until < now) return std::nullopt;
    return found->second.error;
  }

 private:
  struct Failure {
    Error error;
    SteadyTime until;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<runtime::OneShotPromise<Outcome>>> waiting_;
  std::unordered_map<std::string, Failure> failures_;
  std::deque<std::string> oldest_;
};

// However the making ends, those who wait are told.
class Maker {
 public:
  Maker(ThumbnailMaking& making, std::string key) : making_(making), key_(std::move(key)) {}
  ~Maker() { making_.finish(key_, outcome_); }
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;
  void set(ThumbnailMaking::Outcome outcome) { outcome_ = std::move(outcome); }

 private:
  ThumbnailMaking& making_;
  std::string key_;
  ThumbnailMaking::Outcome outcome_ = unavailable("The thumbnail was not made; try again.", "broken off");
};

}  // namespace kuramori::media::detail
