// Moves committed pages from the write-ahead log into the database file, on a thread of its own. Under
// constant load that alone would never let the log start over, because the writer adds to it meanwhile; so
// once the log has passed its bound the thread moves ever smaller remainders, and the writer the last small
// one itself, between two batches.
//
// It works in small steps with rests between them: moved in one go, some thousand pages would take the core
// and the disk from those who wait for a commit.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "storage/sqlite/checked_vfs.hpp"
#include "storage/sqlite/connection.hpp"

namespace kuramori::storage::sqlite {

class Checkpointer final : private PageWatcher {
 public:
  // `writer` is the connection whose commits are followed.
  Checkpointer(Connection& writer, Connection own, std::size_t log_bytes_max, const Clock& clock,
               MetricsRegistry& metrics, Logger logger);
  ~Checkpointer() override;
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // On the writer's thread, after each batch.
  void after_commit(Connection& writer);
  // No page of the database file changes while `job` runs.
  template <class Job>
  auto while_still(Job job) {
    const Hurry hurry(*this);
    const std::lock_guard lock(checkpoint_mutex_);
    return job();
  }
  // Moves everything that no snapshot still needs to stay, now and without rests.
  Result<void> checkpoint();
  // Frames of the log that the last commit knew of.
  int frames() const { return frames_.load(std::memory_order_acquire); }

 private:
  // Somebody waits for the pages to be moved: no rests while it lives.
  class Hurry {
   public:
    explicit Hurry(Checkpointer& of);
    ~Hurry();
    Hurry(const Hurry&) = delete;
    Hurry& operator=(const Hurry&) = delete;

   private:
    Checkpointer& of_;
  };

  static int on_commit(void* self, sqlite3*, const char*, int frames);
  int page_written() override;
  void rest();
  void work();
  enum class Passes : std::uint8_t { AsNeeded, UntilDone };
  Result<void> move_all(Passes passes);
  void report(const Result<void>& moved) const;
  // Needs checkpoint_mutex_.
  Result<void> move_pages(Connection& connection);

  Connection own_;
  const int frames_max_;
  const Clock& clock_;
  Gauge& log_bytes_;
  Logger logger_;
  std::atomic<int> frames_{0};
  std::atomic<int> moved_{0};

  std::mutex checkpoint_mutex_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool wanted_ = false;
  bool stopping_ = false;
  int hurried_ = 0;

  // Of the step under way; needs checkpoint_mutex_.
  int pages_ = 0;
  int steps_ = 0;
  SteadyTime step_began_{};
  std::thread thread_;
};

}  // namespace kuramori::storage::sqlite
