#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/integrity.hpp"
#include "storage/sqlite/log_scan.hpp"
#include "storage/sqlite/readers.hpp"
#include "storage/sqlite/schema_changes.hpp"
#include "storage/sqlite/writer.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::size_t kCheckpointCacheBytes = 1U << 20U;

}  // namespace

// From first to last: each uses what is above it, and goes before it.
struct SqliteStore::State {
  Options options;
  const Clock& clock;
  DatabaseLock lock;
  Connection connection;
  GatheredIndexes gathered;
  std::unique_ptr<Checkpointer> checkpointer;
  std::unique_ptr<Readers> readers;
  std::unique_ptr<Writer> writer;

  Connection::Options reading() const {
    // Half of the cache is the writer's.
    const std::size_t readers_count = std::max<std::size_t>(1, options.reader_threads);
    return {
        .path = options.path, .writable = false, .cache_bytes = options.page_cache_bytes / 2 / readers_count};
  }
};

SqliteStore::SqliteStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(Options options, const Clock& clock,
                                                       MetricsRegistry& metrics, Logger logger) {
  KURAMORI_TRY(path, resolve_database_path(options.path));
  options.path = path;
  KURAMORI_TRY(lock, DatabaseLock::take(path));
  KURAMORI_CHECK(prepare_database_file(path));
  KURAMORI_CHECK(check_log_before_opening(path));
  KURAMORI_TRY(
      connection,
      Connection::open({.path = path, .writable = true, .cache_bytes = options.page_cache_bytes / 2}));
  KURAMORI_CHECK(prepare_database(connection));
  auto state = std::unique_ptr<State>(new State{.options = options,
                                                .clock = clock,
                                                .lock = std::move(lock),
                                                .connection = std::move(connection),
                                                .gathered = GatheredIndexes(options.gathered),
                                                .checkpointer = nullptr,
                                                .readers = nullptr,
                                                .writer = nullptr});
  KURAMORI_TRY(moving,
               Connection::open({.path = path, .writable = true, .cache_bytes = kCheckpointCacheBytes}));
  state->checkpointer = std::make_unique<Checkpointer>(state->connection, std::move(moving),
                                                       options.log_bytes_max, clock, metrics, logger);
  Readers::Options reading{
      .connection = state->reading(), .threads = options.reader_threads, .queue_max = options.read_queue_max};
  state->readers = std::make_unique<Readers>(std::move(reading), state->gathered, metrics);
  KURAMORI_CHECK(state->readers->warm_up());
  KURAMORI_TRY(committer, BatchCommitter::create(state->connection, state->gathered));
  Writer::Options writing{
      .group_window = options.group_window, .batch_max = options.batch_max, .queue_max = options.queue_max};
  state->writer = std::make_unique<Writer>(writing, state->connection, std::move(committer),
                                           *state->checkpointer, clock, metrics, logger);
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
}

CommitTicket SqliteStore::submit(UnitOfWork work) {
  return state_->writer->submit(std::move(work));
}
std::uint64_t SqliteStore::epoch() const {
  return state_->writer->epoch();
}
StreamPosition SqliteStore::last_position() const {
  return state_->writer->last_position();
}
void SqliteStore::add_listener(StreamListener& listener) {
  state_->writer->add_listener(listener);
}
void SqliteStore::set_record_listener(RecordListener& listener) {
  state_->writer->set_record_listener(listener);
}
void SqliteStore::submit_read(ReadJob job) {
  state_->readers->submit(std::move(job));
}
void SqliteStore::with_snapshot(ReadJob job) {
  state_->readers->run_here(std::move(job));
}

Result<std::vector<std::string>> SqliteStore::check_integrity(const std::function<void(double)>& progress) {
  return check_database(state_->reading(), *state_->checkpointer, *state_->writer, state_->gathered,
                        progress);
}

Result<void> SqliteStore::migrate(std::span<const Migration> migrations) {
  return state_->writer->between_batches([&](Connection& connection) -> Result<void> {
    KURAMORI_CHECK(migrate_database(connection, migrations, state_->clock));
    return state_->gathered.load(connection, migrations);
  });
}

}  // namespace kuramori::storage::sqlite
