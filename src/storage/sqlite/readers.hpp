// Snapshots for whoever asks: on the threads of a pool, or on the caller's own.
#pragma once
#include <mutex>
#include <vector>

#include "base/metrics.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/sqlite/snapshot.hpp"

namespace kuramori::storage::sqlite {

class Readers {
 public:
  using Job = std::move_only_function<void(Result<Snapshot*>)>;
  struct Options {
    Connection::Options connection;
    std::size_t threads;
    std::size_t queue_max;
  };
  // `gathered` outlives this.
  Readers(Options options, const GatheredIndexes& gathered, MetricsRegistry& metrics);
  // Opens the connections of the pool, so that a failure shows at the start.
  Result<void> warm_up();

  void submit(Job job);
  void run_here(Job job);

 private:
  Result<std::unique_ptr<ReadConnection>> acquire();
  void release(std::unique_ptr<ReadConnection> connection);

  const Options options_;
  const GatheredIndexes& gathered_;
  Counter& snapshots_;
  Counter& refused_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ReadConnection>> idle_;
  runtime::WorkerPool pool_;  // last: its threads use the rest
};

}  // namespace kuramori::storage::sqlite
