// Moves committed pages from the write-ahead log into the database file, on a thread of its own. Under
// constant load that alone would never let the log start over, because the writer adds to it meanwhile; so
// once the log has passed its bound the thread moves ever smaller remainders, and the writer the last small
// one itself, between two batches.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "storage/sqlite/connection.hpp"

namespace kuramori::storage::sqlite {

class Checkpointer {
 public:
  // `writer` is the connection whose commits are followed.
  Checkpointer(Connection& writer, Connection own, std::size_t log_bytes_max, MetricsRegistry& metrics,
               Logger logger);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // On the writer's thread, after each batch.
  void after_commit(Connection& writer);
  // No page of the database file changes while `job` runs.
  template <class Job>
  auto while_still(Job job) {
    const std::lock_guard lock(checkpoint_mutex_);
    return job();
  }
  // Moves everything that no snapshot still needs to stay, now.
  Result<void> checkpoint();
  // Frames of the log that the last commit knew of.
  int frames() const { return frames_.load(std::memory_order_acquire); }

 private:
  static int on_commit(void* self, sqlite3*, const char*, int frames);
  void work();
  void report(const Result<void>& moved) const;
  // Needs checkpoint_mutex_.
  Result<void> move_pages(Connection& connection);

  Connection own_;
  const int frames_max_;
  Gauge& log_bytes_;
  Logger logger_;
  std::atomic<int> frames_{0};
  std::atomic<int> moved_{0};

  std::mutex checkpoint_mutex_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kuramori::storage::sqlite
