#include "audit/log.hpp"

#include "audit/checkpoint_file.hpp"
#include "audit/record_rows.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::audit {
namespace {

// A batch ends at this many octets even when its entries are few and long.
constexpr std::size_t kBatchBytesMax = 16 * 1024 * 1024;
constexpr Milliseconds kIdle{3'600'000};
// What a reader works through in one go, about half a millisecond, and what it then leaves to acts that
// people wait for. Half a second of a busy server in one go is a delay that they notice; a server that is
// busier still gets through it only in one go, and a checkpoint may not be late.
constexpr std::size_t kSliceEntries = 256;
constexpr Milliseconds kRest{5};
constexpr Milliseconds kRestsMax{150};

Error gone(std::uint64_t index) {
  return corrupt("entry " + std::to_string(index) +
                 " of the record is missing; no further checkpoint is signed");
}
Error forged(std::uint64_t index) {
  return corrupt("entry " + std::to_string(index) +
                 " of the record was not written by this server; no further checkpoint is signed");
}

}  // namespace

// What one unit of work adds: the tree as it becomes, and the tiles that filled on the way.
struct Log::Batch {
  TileBuilder tree;
  std::vector<Tile> completed;
  std::size_t entries = 0;
  std::size_t bytes = 0;         // of the entries
  bool more = true;              // there may be more to read
  std::optional<Error> stopped;  // why no more can be integrated
};

Log::Log(Ports ports, Options options, Keys keys)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      signer_(origin_of(options_.server), keys.signing),
      authenticator_(keys.organisation),
      integrated_(ports_.metrics.gauge("kuramori_audit_integrated_entries",
                                       "Entries covered by a signed checkpoint.")),
      failures_(ports_.metrics.counter(
          "kuramori_audit_integration_failures_total",
          "Times that the record could not be integrated or its checkpoint not written.")) {}
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(Ports ports, Options options, Keys keys) {
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  if (failed) {
    return unavailable("The directory of the record cannot be made.",
                       options.directory.string() + ": " + failed.message());
  }
  std::unique_ptr<Log> log(new Log(std::move(ports), std::move(options), keys));
  const auto query = [&log](storage::Snapshot& snapshot) -> Result<void> {
    KURAMORI_TRY(loaded, log->load(snapshot));
    KURAMORI_CHECK(log->compare_with_file(snapshot, loaded.second.checkpoint.head));
    log->tree_ = std::move(loaded.first);
    log->publish(std::move(loaded.second));
    return {};
  };
  KURAMORI_CHECK(log->ports_.store.read_blocking(query));
  return log;
}

Result<Log::Loaded> Log::load(storage::Snapshot& snapshot) const {
  KURAMORI_TRY(row, newest_checkpoint(snapshot));
  if (!row) return Loaded{TileBuilder(), sign_checkpoint({0, empty_root()}, signer_)};
  Result<SignedCheckpoint> checkpoint = open_checkpoint(row->note, signer_.public_key());
  if (!checkpoint) return corrupt("the newest checkpoint of the record: " + checkpoint.error().message());
  const TreeHead& head = checkpoint->checkpoint.head;
  KURAMORI_TRY(entries, entry_count(snapshot));
  if (entries < head.size) {
    return corrupt("the record was cut back: the store holds " + std::to_string(entries) +
                   " entries, but a checkpoint of " + std::to_string(head.size) + " was signed");
  }
  KURAMORI_TRY(tree, TileBuilder::resume(head.size, tiles_of(snapshot)));
  if (tree.head() != head) return corrupt("the tiles of the record do not agree with its newest checkpoint");
  return Loaded{std::move(tree), *std::move(checkpoint)};
}

Result<void> Log::compare_with_file(storage::Snapshot& snapshot, const TreeHead& head) {
  KURAMORI_TRY(note, read_checkpoint_file(checkpoint_file()));
  if (!note) {
    if (head.size > 0)
      ports_.log.warning("audit.checkpoint_file_missing", {{"file", checkpoint_file().string()}});
    return {};
  }
  const std::string name = checkpoint_file().string();
  const Result<SignedCheckpoint> signed_before = open_checkpoint(*note, signer_.public_key());
  if (!signed_before) return corrupt("the checkpoint file " + name + ": " + signed_before.error().message());
  const TreeHead& before = signed_before->checkpoint.head;
  if (before.size > head.size && options_.file_ahead == FileAhead::Accept) {
    superseded_ = *signed_before;
    return write_checkpoint_file(superseded_file(), *note);
  }
  if (before.size > head.size) {
    return corrupt(
        "the record was cut back, or restored from an older backup: the store's newest checkpoint covers " +
        std::to_string(head.size) + " entries, that in " + name + " " + std::to_string(before.size) +
        "; restore the newest backup, or, when this is it, accept the loss with 'kuramori audit "
        "accept-restore'");
  }
  TileReader tiles(tiles_of(snapshot));
  KURAMORI_TRY(root, root_at(tiles, before.size));
  if (root != before.root) return corrupt("the record contradicts the checkpoint in " + name);
  return {};
}

std::filesystem::path Log::superseded_file() const {
  ensure(superseded_.has_value(), "no checkpoint was superseded");
  const TreeHead& head = superseded_->checkpoint.head;
  return options_.directory / ("checkpoint." + std::to_string(head.size) + "." +
                               text::to_hex(ByteView(head.root).first(4)) + ".superseded");
}

void Log::recorded(std::int64_t) {
  wakeup_.notify();
}

runtime::Task<void> Log::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { wakeup_.notify(); });
  while (!stop.stop_requested()) {
    const SteadyTime next = ports_.clock.steady_now() + options_.spacing;
    auto flushed = co_await integrate(Rests::Yes);
    if (!flushed) {
      ports_.log.error("audit.integration_failed", {{"error", flushed.error().to_log()}});
      wakeup_.notify();
    }
    const auto left = std::chrono::ceil<Milliseconds>(next - ports_.clock.steady_now());
    co_await runtime::sleep_for(flushed ? left : options_.retry_after, stop);
    if (stop.stop_requested()) break;
    const SteadyTime deadline = ports_.clock.steady_now() + kIdle;
    co_await wakeup_.wait_until(deadline);
  }
}

runtime::Task<Result<SignedCheckpoint>> Log::flush() {
  auto flushed = co_await integrate(Rests::No);
  co_return flushed;
}

runtime::Task<Result<SignedCheckpoint>> Log::integrate(Rests rests) {
  auto entered = co_await lane_.enter();
  if (!entered) co_return std::move(entered).error();
  const std::uint64_t before = tree_.size();
  std::optional<Error> stopped;
  bool more = true;
  while (more && !stopped) {
    auto batch = co_await read_batch(rests);
    if (!batch) {
      stopped = std::move(batch).error();
      break;
    }
    more = batch->more;
    stopped = std::move(batch->stopped);
    if (batch->tree.size() == tree_.size()) break;
    auto committed = co_await commit_batch(*std::move(batch));
    if (!committed) stopped = std::move(committed).error();
  }
  if (tree_.size() != before) co_await mirror();
  if (stopped) {
    failures_.add();
    co_return *std::move(stopped);
  }
  co_return *checkpoint();
}

runtime::Task<Result<Log::Batch>> Log::read_batch(Rests rests) {
  Batch batch;
  batch.tree = tree_;
  const SteadyTime rests_until = ports_.clock.steady_now() + kRestsMax;
  for (;;) {
    const bool in_slices = rests == Rests::Yes && ports_.clock.steady_now() < rests_until;
    const std::size_t left = options_.batch_entries_max - batch.entries;
    auto slice = co_await read_slice(std::move(batch), in_slices ? std::min(kSliceEntries, left) : left);
    if (!slice) co_return std::move(slice).error();
    batch = *std::move(slice);
    const bool full = batch.entries >= options_.batch_entries_max || batch.bytes >= kBatchBytesMax;
    if (full || !batch.more || batch.stopped) co_return batch;
    co_await runtime::sleep_for(kRest);
  }
}

// On a reader thread: reading, hashing and building the tree cost a few microseconds an entry.
runtime::Task<Result<Log::Batch>> Log::read_slice(Batch batch, std::size_t limit) {
  const std::size_t entries_max = batch.entries + limit;
  auto query = [batch = std::move(batch), authenticator = authenticator_,
                entries_max](storage::Snapshot& snapshot) mutable -> Result<Batch> {
    batch.more = false;
    const auto visit = [&](storage::Row&& row) {
      const EntryRow entry = to_entry(std::move(row));
      if (entry.index != batch.tree.size()) {
        batch.stopped = gone(batch.tree.size());
        return false;
      }
      const Hash leaf = leaf_hash(entry.bytes);
      if (!authenticator.verify(leaf, entry.mac)) {
        batch.stopped = forged(entry.index);
        return false;
      }
      batch.tree.add(leaf, batch.completed);
      batch.bytes += entry.bytes.size();
      batch.more = ++batch.entries == entries_max || batch.bytes >= kBatchBytesMax;
      return !batch.more;
    };
    KURAMORI_CHECK(snapshot.for_each(entries_from(batch.tree.size(), kUnlimited), visit));
    return std::move(batch);
  };
  auto slice = co_await ports_.store.read(std::move(query));
  co_return slice;
}

runtime::Task<Result<void>> Log::commit_batch(Batch batch) {
  storage::UnitOfWork work;
  std::array<bool, kTileLevels> grown{};
  grown[0] = true;
  for (const Tile& tile : batch.completed) {
    if (tile.level + 1 < kTileLevels) grown[tile.level + 1] = true;
    work.upsert(kRecordTiles, tile_row(tile));
  }
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const Tile edge = batch.tree.partial(level);
    if (grown[level] && !edge.hashes.empty()) work.upsert(kRecordTiles, tile_row(edge));
  }
  SignedCheckpoint signed_now = sign_checkpoint(batch.tree.head(), signer_);
  const std::uint64_t size = batch.tree.size();
  work.insert(kRecordCheckpoints, {static_cast<std::int64_t>(size), signed_now.note, ports_.clock.now_ms()});
  // One checkpoint a tile is kept: enough to say where an alteration lies, and no row for every quiet second.
  const std::uint64_t previous = tree_.size();
  if (previous != 0 && previous / kTileWidth == size / kTileWidth) {
    work.erase(kRecordCheckpoints, {static_cast<std::int64_t>(previous)});
  }
  auto receipt = co_await ports_.store.submit(std::move(work));
  if (!receipt && receipt.error().code() == ErrorCode::Conflict) {
    // An earlier unit was reported lost and is there after all: go on from what the store says.
    auto query = [this](storage::Snapshot& snapshot) { return load(snapshot); };
    auto loaded = co_await ports_.store.read(std::move(query));
    if (!loaded) co_return std::move(loaded).error();
    tree_ = std::move(loaded->first);
    publish(std::move(loaded->second));
    co_return Result<void>();
  }
  if (!receipt) co_return std::move(receipt).error();
  tree_ = std::move(batch.tree);
  publish(std::move(signed_now));
  co_return Result<void>();
}

runtime::Task<void> Log::mirror() {
  const auto newest = checkpoint();
  auto write = [file = checkpoint_file(), newest] { return write_checkpoint_file(file, newest->note); };
  auto written = co_await ports_.pool.run(std::move(write));
  if (!written) {
    failures_.add();
    ports_.log.error("audit.checkpoint_file_failed", {{"error", written.error().to_log()}});
  }
}

void Log::publish(SignedCheckpoint checkpoint) {
  integrated_.set(static_cast<std::int64_t>(checkpoint.checkpoint.head.size));
  auto shared = std::make_shared<const SignedCheckpoint>(std::move(checkpoint));
  const std::scoped_lock lock(mutex_);
  newest_ = std::move(shared);
}

std::shared_ptr<const SignedCheckpoint> Log::checkpoint() const {
  const std::scoped_lock lock(mutex_);
  return newest_;
}

}  // namespace kuramori::audit
