// Those who wait for a file that is announced and not there yet. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "runtime/wakeup.hpp"

namespace kuramori::media::detail {

class Arrivals {
 public:
  static constexpr std::size_t kWaitingMax = 4'096;

  class Place {
   public:
    Place(Arrivals& arrivals, std::string id) : arrivals_(arrivals), id_(std::move(id)) {
      const std::scoped_lock lock(arrivals_.mutex_);
      if (arrivals_.waiting_.size() < kWaitingMax) {
        wakeup_ = std::make_shared<runtime::Wakeup>();
        arrivals_.waiting_.emplace(id_, wakeup_);
      }
    }
    ~Place() {
      const std::scoped_lock lock(arrivals_.mutex_);
      const auto [first, last] = arrivals_.waiting_.equal_range(id_);
      for (auto it = first; it != last; ++it) {
        if (it->second != wakeup_) continue;
        arrivals_.waiting_.erase(it);
        return;
      }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    runtime::Wakeup* wakeup() { return wakeup_.get(); }  // null: too many wait already

   private:
    Arrivals& arrivals_;
    std::string id_;
    std::shared_ptr<runtime::Wakeup> wakeup_;
  };

  void notify(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    const auto [first, last] = waiting_.equal_range(id);
    for (auto it = first; it != last; ++it) it->second->notify();
  }
  // Everybody: the server stops.
  void notify_all() {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, wakeup] : waiting_) wakeup->notify();
  }

 private:
  friend class Place;
  std::mutex mutex_;
  std::unordered_multimap<std::string, std::shared_ptr<runtime::Wakeup>> waiting_;
};

}  // namespace kuramori::media::detail
