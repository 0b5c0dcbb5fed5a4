#include "storage/sqlite/checkpointer.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/assert.hpp"
#include "storage/sqlite/page_checksum.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::size_t kFrameBytes = kPageBytes + 24;
constexpr std::size_t kFramesMin = 2048;
// So few that committers hardly notice when the writer moves them itself.
constexpr int kRestFrames = 512;
constexpr int kPassesMax = 8;
// So many times its bound the log may grow while the disk is slow, before committers wait for the thread.
constexpr int kBoundsBeforeWaiting = 4;
// A little below the threads that people wait for: what it moves is durable already. Much below them it would
// hardly run on a busy core, until the log is so long that everybody waits for it.
constexpr int kNiceness = 3;

constexpr int kPagesPerStep = 64;
// Few pages at a time are flushed, so that a commit's flush finds the disk free.
constexpr int kStepsPerFlush = 8;
// Rests are so many times as long as the step before. From the bound of the log on they are shorter, and at
// so many times the bound there are none: on a busy core more than a small part of the time is a queue of
// sends.
constexpr int kRest = 16;
constexpr int kBoundsWithoutRest = 3;
constexpr SteadyTime::duration kRestMax = std::chrono::milliseconds(25);

}  // namespace

Checkpointer::Checkpointer(Connection& writer, Connection own, std::size_t log_bytes_max, const Clock& clock,
                           MetricsRegistry& metrics, Logger logger)
    : own_(std::move(own)),
      frames_max_(static_cast<int>(std::max(log_bytes_max / kFrameBytes, kFramesMin))),
      clock_(clock),
      log_bytes_(metrics.gauge("kuramori_storage_log_bytes", "Length of the write-ahead log.")),
      logger_(std::move(logger)) {
  sqlite3_wal_hook(writer.raw(), on_commit, this);
  ensure(watch_page_writes(own_.raw(), this) == SQLITE_OK, "the checkpointer's connection has its file");
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "store-pages");
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
  watch_page_writes(own_.raw(), nullptr);
}

Checkpointer::Hurry::Hurry(Checkpointer& of) : of_(of) {
  {
    const std::lock_guard lock(of_.mutex_);
    ++of_.hurried_;
  }
  of_.arrived_.notify_one();
}

Checkpointer::Hurry::~Hurry() {
  const std::lock_guard lock(of_.mutex_);
  --of_.hurried_;
}

int Checkpointer::on_commit(void* self, sqlite3*, const char*, int frames) {
  auto& checkpointer = *static_cast<Checkpointer*>(self);
  // Fewer than before: the log has started over.
  if (frames < checkpointer.frames_.load(std::memory_order_relaxed)) checkpointer.moved_.store(0);
  checkpointer.frames_.store(frames, std::memory_order_release);
  checkpointer.log_bytes_.set(static_cast<std::int64_t>(frames) * static_cast<std::int64_t>(kFrameBytes));
  return SQLITE_OK;
}

void Checkpointer::after_commit(Connection& writer) {
  const int waiting = frames() - moved_.load();
  const bool full = frames() >= frames_max_;
  // Many together: a page that changes often is moved once, not every time.
  if (waiting < frames_max_ / 2 && !full) return;
  if (frames() >= kBoundsBeforeWaiting * frames_max_) {
    // The thread does not keep up: committers wait rather than the log grows.
    const std::lock_guard lock(checkpoint_mutex_);
    report(move_pages(writer));
    return;
  }
  if (full && waiting <= kRestFrames) {
    // The thread may be at it this moment: then the next batch tries again.
    const std::unique_lock lock(checkpoint_mutex_, std::try_to_lock);
    if (lock.owns_lock()) report(move_pages(writer));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  arrived_.notify_one();
}

void Checkpointer::work() {
  // On Linux this is the calling thread alone. Relative to what the operator gave the process.
  setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kNiceness);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return stopping_ || wanted_; });
      if (stopping_) return;
      wanted_ = false;
    }
    const std::lock_guard lock(checkpoint_mutex_);
    report(move_all(Passes::AsNeeded));
  }
}

int Checkpointer::page_written() {
  if (++pages_ < kPagesPerStep) return SQLITE_OK;
  pages_ = 0;
  // A failed flush is told once only: the pages it was about must stay in the log.
  if (++steps_ % kStepsPerFlush == 0 && flush_database_file(own_.raw()) != SQLITE_OK)
    return SQLITE_IOERR_FSYNC;
  rest();
  return SQLITE_OK;
}

void Checkpointer::rest() {
  const int frames_left = kBoundsWithoutRest * frames_max_ - frames();
  if (frames_left > 0) {
    const SteadyTime::duration worked = clock_.steady_now() - step_began_;
    const int frames_with_shorter_rests = (kBoundsWithoutRest - 1) * frames_max_;
    const auto wanted =
        worked * kRest * std::min(frames_left, frames_with_shorter_rests) / frames_with_shorter_rests;
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::min(wanted, kRestMax), [this] { return stopping_ || hurried_ > 0; });
  }
  step_began_ = clock_.steady_now();
}

void Checkpointer::report(const Result<void>& moved) const {
  // Nothing is lost: the pages stay in the log, and the next attempt takes them along.
  if (!moved) logger_.warning("storage.checkpoint_failed", {{"error", moved.error().to_log()}});
}

Result<void> Checkpointer::checkpoint() {
  const Hurry hurry(*this);
  const std::lock_guard lock(checkpoint_mutex_);
  return move_all(Passes::UntilDone);
}

Result<void> Checkpointer::move_all(Passes passes) {
  step_began_ = clock_.steady_now();
  // What is added meanwhile is less with every pass, until the writer can move the rest itself.
  for (int pass = 0; pass < kPassesMax; ++pass) {
    const int moved_before = moved_.load();
    KURAMORI_CHECK(move_pages(own_));
    // SQLite does so only when nothing remains in the log; left to the writer, every committer would wait for
    // it.
    const int rc = flush_database_file(own_.raw());
    if (rc != SQLITE_OK) return own_.error(rc, "flushing the database file");
    // A long snapshot may hold the rest back.
    if (moved_.load() == moved_before || frames() - moved_.load() <= kRestFrames) break;
    // While the log is short, what was added meanwhile can wait: a page that changes often is moved once.
    if (passes == Passes::AsNeeded && frames() < frames_max_) break;
  }
  return {};
}

Result<void> Checkpointer::move_pages(Connection& connection) {
  int frames = 0;
  int moved = 0;
  const int rc =
      sqlite3_wal_checkpoint_v2(connection.raw(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  if (rc != SQLITE_OK && rc != SQLITE_BUSY) return connection.error(rc, "moving pages out of the log");
  if (rc == SQLITE_OK) moved_.store(moved);
  return {};
}

}  // namespace kuramori::storage::sqlite
