// Bounds on connections and on concurrent work, shared by all I/O threads.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace kuramori::net::detail {

// How many connections are open, in total and per address.
class ConnectionLimit {
 public:
  struct Bounds {
    std::size_t total = 0;
    std::size_t per_address = 0;
  };
  explicit ConnectionLimit(Bounds bounds) : bounds_(bounds) {}

  enum class Counting : std::uint8_t { PerAddress, TotalOnly };
  // False when a bound is reached. Every success is given back.
  bool enter(const std::string& address, Counting counting);
  void leave(const std::string& address, Counting counting);
  // False when some are still open after `timeout`.
  bool wait_until_empty(std::chrono::milliseconds timeout);

 private:
  Bounds bounds_;
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t total_ = 0;
  std::map<std::string, std::size_t, std::less<>> by_address_;
};

// How many handlers that should end soon are running.
class WorkLimit {
 public:
  explicit WorkLimit(std::size_t max) : max_(max) {}
  bool enter() {
    if (running_.fetch_add(1, std::memory_order_relaxed) < max_) return true;
    leave();
    return false;
  }
  void leave() { running_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::size_t max_;
  std::atomic<std::size_t> running_{0};
};

}  // namespace kuramori::net::detail
