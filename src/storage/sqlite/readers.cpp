#include "storage/sqlite/readers.hpp"

#include "storage/checks.hpp"

namespace kuramori::storage::sqlite {

Readers::Readers(Options options, const GatheredIndexes& gathered, MetricsRegistry& metrics)
    : options_(std::move(options)),
      gathered_(gathered),
      snapshots_(metrics.counter("kuramori_storage_snapshots_total", "Read transactions.")),
      refused_(metrics.counter("kuramori_storage_refused_reads_total",
                               "Reads refused because the queue was full.")),
      pool_({.name = "reader", .threads = options_.threads, .queue_max = options_.queue_max}) {}

Result<void> Readers::warm_up() {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    KURAMORI_TRY(connection, ReadConnection::open(options_.connection));
    release(std::move(connection));
  }
  return {};
}

Result<std::unique_ptr<ReadConnection>> Readers::acquire() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return ReadConnection::open(options_.connection);
}

void Readers::release(std::unique_ptr<ReadConnection> connection) {
  // One more than there are threads, for blocking readers; what is over that is closed.
  const std::lock_guard lock(mutex_);
  if (idle_.size() <= options_.threads) idle_.push_back(std::move(connection));
}

void Readers::submit(Job job) {
  // Shared, because a refused job must still be answered.
  auto shared = std::make_shared<Job>(std::move(job));
  if (pool_.submit([this, shared] { run_here(std::move(*shared)); })) return;
  refused_.add();
  (*shared)(full_queue());
}

void Readers::run_here(Job job) {
  auto connection = acquire();
  if (!connection) {
    job(std::move(connection).error());
    return;
  }
  const auto gathered = (*connection)->begin(gathered_);
  if (!gathered) {
    job(gathered.error());
    return;
  }
  snapshots_.add();
  SqliteSnapshot snapshot(**connection, **gathered);
  job(&snapshot);
  (*connection)->end();
  release(std::move(*connection));
}

}  // namespace kuramori::storage::sqlite
