// The Merkle log over the recorded entries. Entries are durable with their acts; within a second the log adds
// them to the tree and signs a checkpoint, which from then on nobody can contradict.
//
//   auto log = Log::open({store, pool, clock, metrics, logger}, {server, data_dir / "record"}, keys);
//   store.set_record_listener(**log);
//   scope.spawn_on(executor, (*log)->run(scope.stop_token()));
//   ...
//   auto checkpoint = co_await log->flush();      // everything durable now is covered
//
// Tiles and checkpoints are derived from the entries, so the log writes them itself, not through the gate.
// After a crash it goes on from the newest checkpoint. It never signs a tree that contradicts one it has
// signed: when an entry is missing or was not written by this server, it stops there and says so.
// Thread-safe.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "audit/checkpoint.hpp"
#include "audit/person_keys.hpp"
#include "audit/tile.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "crypto/aead.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/task.hpp"
#include "runtime/wakeup.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/store.hpp"

namespace kuramori::audit {

// What open() does when the checkpoint file covers more than the store, as after an older backup was
// restored.
enum class FileAhead : bool { Refuse, Accept };

class Log final : public storage::RecordListener {
 public:
  struct Ports {
    storage::Store& store;
    runtime::WorkerPool& pool;  // writes the checkpoint file
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  struct Options {
    ServerName server;
    std::filesystem::path directory;       // of the checkpoint file; made when it does not exist
    Milliseconds spacing{500};             // between two checkpoints while entries keep coming
    Milliseconds retry_after{5000};        // after a failure
    std::size_t batch_entries_max = 8192;  // integrated by one unit of work
    FileAhead file_ahead = FileAhead::Refuse;
  };
  struct Keys {
    const crypto::SigningKey& signing;      // outlives the log
    const crypto::SecretKey& organisation;  // read by open() alone
  };

  // At start-up; blocks. Corrupt when the store does not agree with a checkpoint that was signed before, in
  // the store or in the checkpoint file: it was cut back or altered, or restored from an older backup.
  // With FileAhead::Accept a file that is ahead is copied to `superseded_file()` and stays there as evidence;
  // the file itself is written anew by the next flush, which the caller lets follow an entry that says what
  // was accepted.
  static Result<std::unique_ptr<Log>> open(Ports ports, Options options, Keys keys);
  ~Log() override;

  // The checkpoint that was ahead and accepted.
  const std::optional<SignedCheckpoint>& superseded() const { return superseded_; }
  std::filesystem::path superseded_file() const;  // requires superseded()

  void recorded(std::int64_t last_index) override;
  // Runs until stopped; spawn it once.
  runtime::Task<void> run(std::stop_token stop);
  // Integrates everything that is durable now: at shutdown, before an export, before a verification.
  runtime::Task<Result<SignedCheckpoint>> flush();

  // The newest; that of the empty tree in a new store.
  std::shared_ptr<const SignedCheckpoint> checkpoint() const;
  const NoteKey& public_key() const { return signer_.public_key(); }
  const NoteSigner& signer() const { return signer_; }
  std::filesystem::path checkpoint_file() const { return options_.directory / "checkpoint"; }

  // What C2SP tlog-tiles serves, uncompressed; NotFound for what the newest checkpoint does not cover.
  runtime::Task<Result<Bytes>> tile(TileAddress address);
  // Requires index < size <= the newest checkpoint's size; NotFound otherwise.
  runtime::Task<Result<Proof>> inclusion_proof(std::uint64_t index, std::uint64_t size);
  runtime::Task<Result<Proof>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size);

 private:
  struct Batch;
  Log(Ports ports, Options options, Keys keys);
  using Loaded = std::pair<TileBuilder, SignedCheckpoint>;
  Result<Loaded> load(storage::Snapshot& snapshot) const;
  Result<void> compare_with_file(storage::Snapshot& snapshot, const TreeHead& head);
  // Rests let other threads in between; who waits for the checkpoint goes without.
  enum class Rests : bool { No, Yes };
  runtime::Task<Result<SignedCheckpoint>> integrate(Rests rests);
  runtime::Task<Result<Batch>> read_batch(Rests rests);
  runtime::Task<Result<Batch>> read_slice(Batch batch, std::size_t limit);
  runtime::Task<Result<void>> commit_batch(Batch batch);
  runtime::Task<void> mirror();
  void publish(SignedCheckpoint checkpoint);

  Ports ports_;
  Options options_;
  NoteSigner signer_;
  EntryAuthenticator authenticator_;
  Gauge& integrated_;
  Counter& failures_;
  std::optional<SignedCheckpoint> superseded_;  // set by open() alone

  runtime::Sequencer lane_;  // one integration at a time
  TileBuilder tree_;         // in the lane
  mutable std::mutex mutex_;
  std::shared_ptr<const SignedCheckpoint> newest_;
  runtime::Wakeup wakeup_;
};

}  // namespace kuramori::audit
