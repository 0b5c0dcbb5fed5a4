// The store on SQLite: one file, one writer thread with group commit, readers on snapshots. Acknowledged
// means on disk.
//
//   auto store = SqliteStore::open({.path = data_dir / "kuramori.db"}, clock, metrics, logger);
//   store->migrate(migrations);
#pragma once
#include <filesystem>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "storage/sqlite/gathered_sizes.hpp"
#include "storage/store.hpp"

namespace kuramori::storage::sqlite {

class SqliteStore final : public Store {
 public:
  struct Options {
    std::filesystem::path path = {};
    std::size_t reader_threads = 2;
    std::size_t read_queue_max = 10'000;
    std::size_t page_cache_bytes = 128U << 20U;    // of all connections together
    std::chrono::microseconds group_window{3000};  // between the beginnings of transactions, under load only
    std::size_t batch_max = 256;                   // units in one transaction
    std::size_t queue_max = 16'384;                // units that wait
    std::size_t log_bytes_max = 64U << 20U;        // of the write-ahead log, when no long snapshot holds it
    GatheredSizes gathered = {};
  };
  static Result<std::unique_ptr<SqliteStore>> open(Options options, const Clock& clock,
                                                   MetricsRegistry& metrics, Logger logger);
  // Commits what is queued, finishes the reads, and leaves one closed file behind. Nobody may use it any
  // more.
  ~SqliteStore() override;

  CommitTicket submit(UnitOfWork work) override;
  std::uint64_t epoch() const override;
  StreamPosition last_position() const override;
  void add_listener(StreamListener& listener) override;
  void set_record_listener(RecordListener& listener) override;
  // Ends at the damaged page with Corrupt when the damage keeps it from going on.
  Result<std::vector<std::string>> check_integrity(const std::function<void(double)>& progress) override;
  Result<void> migrate(std::span<const Migration> migrations) override;

 protected:
  void submit_read(ReadJob job) override;
  void with_snapshot(ReadJob job) override;

 private:
  struct State;
  explicit SqliteStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::storage::sqlite
