// The one thread that commits. It takes whatever is queued, commits it in one transaction, tells the
// listeners, then the committers. An idle store commits at once; under load it waits at most the window for
// as many units as last time.
//
// Stops by its destructor, after everything queued is committed. A queue that is full refuses.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "storage/sqlite/batch.hpp"
#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/commit_pace.hpp"

namespace kuramori::storage::sqlite {

class Writer {
 public:
  struct Options {
    std::chrono::microseconds group_window;
    std::size_t batch_max;
    std::size_t queue_max;
  };
  Writer(Options options, Connection& connection, std::unique_ptr<BatchCommitter> committer,
         Checkpointer& checkpointer, const Clock& clock, MetricsRegistry& metrics, Logger logger);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  CommitTicket submit(UnitOfWork work);
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  StreamPosition last_position() const { return {last_position_.load(std::memory_order_acquire)}; }
  void add_listener(StreamListener& listener);
  void set_record_listener(RecordListener& listener);

  // Runs `job` with the connection while no batch is on its way.
  template <class Job>
  auto between_batches(Job job) {
    const std::lock_guard lock(connection_mutex_);
    return job(connection_);
  }

 private:
  struct Pending {
    UnitOfWork work;
    runtime::OneShotPromise<Outcome> promise;
  };
  struct Metrics {
    Counter& units;
    Counter& batches;
    Counter& failures;
    Counter& conflicts;
    Gauge& queued;
    Histogram& batch_units;
    Histogram& commit_seconds;
  };
  static Metrics make_metrics(MetricsRegistry& registry);
  void work();
  std::vector<Pending> take();
  void commit(std::vector<Pending> batch);
  void succeed(std::vector<Pending>& batch, std::vector<Outcome>& outcomes, std::uint64_t epoch);
  void fail(std::vector<Pending>& batch, const Error& error);

  const Options options_;
  CommitPace pace_;  // of the writer's thread
  Connection& connection_;
  std::unique_ptr<BatchCommitter> committer_;
  Checkpointer& checkpointer_;
  const Clock& clock_;
  Metrics metrics_;
  Logger logger_;
  std::vector<StreamListener*> listeners_;
  RecordListener* record_listener_ = nullptr;
  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::int64_t> last_position_;

  std::mutex connection_mutex_;
  std::mutex queue_mutex_;
  std::condition_variable arrived_;
  std::deque<Pending> queue_;
  std::size_t wanted_ = 1;  // how many queued units wake the writer
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kuramori::storage::sqlite
