// A whole record for tests: a store, keys, a recorder and a log, on a clock and a generator that repeat
// themselves.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>

#include "audit/entry_format.hpp"
#include "audit/log.hpp"
#include "audit/record_rows.hpp"
#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/memory/memory_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

namespace kuramori::audit {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kuramori-audit-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

enum class Adapter : bool { Memory, Sqlite };

class Record {
 public:
  explicit Record(Adapter adapter = Adapter::Memory) : store_(make_store(adapter)) {
    std::vector<storage::SchemaChange> changes{storage::CreateTable{&storage::kWrappedKeys}};
    for (const storage::Table* table : tables()) changes.push_back(storage::CreateTable{table});
    const std::vector<storage::Migration> migrations{{1, "record", std::move(changes)}};
    EXPECT_TRUE(store_->migrate(migrations));
    auto keys = storage::KeyRing::open(*store_, crypto::SecretKey::generate(random_), clock_, random_);
    EXPECT_TRUE(keys);
    keys_ = *std::move(keys);
    recorder_.emplace(*keys_, clock_, random_);
    log_ = *open_log();
    store_->set_record_listener(*log_);
  }

  Result<std::unique_ptr<Log>> open_log(FileAhead file_ahead = FileAhead::Refuse) {
    Log::Options options;
    options.file_ahead = file_ahead;
    options.server = ServerName("example.org");
    options.directory = directory_.path() / "record";
    options.batch_entries_max = batch_entries_max;
    return Log::open({*store_, pool_, clock_, metrics_, Logger::silent()}, options,
                     {signing_, keys_->organisation_key()});
  }
  // As after a restart.
  void reopen_log() { reopened_.push_back(std::exchange(log_, *open_log())); }

  template <class T>
  T run(runtime::Task<T> task) {
    return executor_.run(std::move(task));
  }

  static Entry entry(std::string user, std::string detail = "$event") {
    Entry made;
    made.operation = "room.send";
    made.who = {UserId(std::move(user)), DeviceId("DEVICE"), SessionId("session"), "192.0.2.7", "Client/1.0"};
    made.resource = "room:!abc:example.org";
    made.detail = std::move(detail);
    made.outcome = "allowed";
    made.rule = "default";
    made.policy_version = 3;
    return made;
  }
  Result<storage::CommitReceipt> append(Entry made) {
    EXPECT_TRUE(run(recorder_->prepare(made.who.user)));
    storage::UnitOfWork work;
    recorder_->append(work, std::move(made));
    return commit(std::move(work));
  }
  // `count` entries by a few people, 10 ms apart, in units of up to 100.
  void fill(std::size_t count) {
    for (int person = 0; person < 3; ++person) EXPECT_TRUE(run(recorder_->prepare(person_id(person))));
    for (std::size_t done = 0; done < count;) {
      storage::UnitOfWork work;
      for (std::size_t i = 0; i < 100 && done < count; ++i, ++done, ++filled_) {
        clock_.advance(Milliseconds(10));
        recorder_->append(
            work, entry(person_id(static_cast<int>(filled_ % 3)).str(), "$event" + std::to_string(filled_)));
      }
      EXPECT_TRUE(commit(std::move(work)));
    }
  }
  static UserId person_id(int person) { return UserId("@person" + std::to_string(person) + ":example.org"); }

  Result<storage::CommitReceipt> commit(storage::UnitOfWork work) {
    auto await = [](storage::CommitTicket ticket) -> runtime::Task<Result<storage::CommitReceipt>> {
      auto receipt = co_await ticket;
      co_return receipt;
    };
    return run(await(store_->submit(std::move(work))));
  }
  SignedCheckpoint flush() {
    auto flushed = run(log_->flush());
    EXPECT_TRUE(flushed) << flushed.error().to_log();
    return *flushed;
  }

  // Tampering, behind everybody's back.
  EntryRow stored(std::uint64_t index) {
    const auto query = [index](storage::Snapshot& snapshot) { return read_entry(snapshot, index); };
    return **store_->read_blocking(query);
  }
  void replace(const EntryRow& row) {
    storage::UnitOfWork work;
    work.upsert(kRecordEntries,
                {static_cast<std::int64_t>(row.index), row.time_ms, row.kind, row.bytes, row.mac});
    EXPECT_TRUE(commit(std::move(work)));
  }
  void remove(std::uint64_t index) {
    storage::UnitOfWork work;
    work.erase(kRecordEntries, {static_cast<std::int64_t>(index)});
    EXPECT_TRUE(commit(std::move(work)));
  }
  std::vector<Hash> stored_tile(unsigned level, std::uint64_t index) {
    const auto query = [&](storage::Snapshot& snapshot) { return tiles_of(snapshot)(level, index); };
    return *store_->read_blocking(query);
  }
  void replace_tile(const Tile& tile) {
    storage::UnitOfWork work;
    work.upsert(kRecordTiles, tile_row(tile));
    EXPECT_TRUE(commit(std::move(work)));
  }

  storage::Store& store() { return *store_; }
  storage::KeyRing& keys() { return *keys_; }
  Recorder& recorder() { return *recorder_; }
  Log& log() { return *log_; }
  ManualClock& clock() { return clock_; }
  Random& random() { return random_; }
  runtime::ManualExecutor& executor() { return executor_; }
  MetricsRegistry& metrics() { return metrics_; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  const crypto::SigningKey& signing() const { return signing_; }

  std::size_t batch_entries_max = 8192;

 private:
  std::unique_ptr<storage::Store> make_store(Adapter adapter) {
    if (adapter == Adapter::Memory) return std::make_unique<storage::memory::MemoryStore>();
    storage::sqlite::SqliteStore::Options options;
    options.path = directory_.path() / "record.db";
    auto opened = storage::sqlite::SqliteStore::open(options, system_clock_, metrics_, Logger::silent());
    EXPECT_TRUE(opened) << opened.error().to_log();
    return *std::move(opened);
  }

  TemporaryDirectory directory_;
  SystemClock system_clock_;  // for the store's own threads
  ManualClock clock_;
  SeededRandom random_{1};
  crypto::SigningKey signing_ = crypto::SigningKey::generate(random_, "1");
  MetricsRegistry metrics_;
  runtime::WorkerPool pool_{{.name = "test"}};
  runtime::ManualExecutor executor_{clock_};
  std::unique_ptr<storage::KeyRing> keys_;
  std::optional<Recorder> recorder_;
  std::vector<std::unique_ptr<Log>> reopened_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<storage::Store> store_;  // last: it may still report to the log
  std::size_t filled_ = 0;
};

}  // namespace kuramori::audit
