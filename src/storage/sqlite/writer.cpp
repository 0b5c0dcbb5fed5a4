#include "storage/sqlite/writer.hpp"

#include <pthread.h>

#include <algorithm>

#include "storage/changes.hpp"
#include "storage/checks.hpp"
#include "storage/sqlite/turns.hpp"

namespace kuramori::storage::sqlite {
namespace {

// So many together make a transaction cheap enough: no reason to wait longer.
constexpr std::size_t kFullUnits = 128;

double seconds(SteadyTime::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Writer::Metrics Writer::make_metrics(MetricsRegistry& registry) {
  return {
      .units = registry.counter("kuramori_storage_units_total", "Units of work made durable."),
      .batches = registry.counter("kuramori_storage_commits_total", "Transactions that made units durable."),
      .failures = registry.counter("kuramori_storage_failures_total", "Transactions that failed as a whole."),
      .conflicts = registry.counter("kuramori_storage_refused_units_total", "Units refused by a conflict."),
      .queued = registry.gauge("kuramori_storage_queued_units", "Units that wait for the writer."),
      .batch_units = registry.histogram("kuramori_storage_commit_units", "Units in one transaction.",
                                        {1, 2, 5, 10, 20, 50, 100, 200, 500}),
      .commit_seconds = registry.histogram("kuramori_storage_commit_seconds",
                                           "Time to make one transaction durable.", duration_bounds())};
}

Writer::Writer(Options options, Connection& connection, std::unique_ptr<BatchCommitter> committer,
               Checkpointer& checkpointer, const Clock& clock, MetricsRegistry& metrics, Logger logger)
    : options_(options),
      pace_(options.group_window),
      connection_(connection),
      committer_(std::move(committer)),
      checkpointer_(checkpointer),
      clock_(clock),
      metrics_(make_metrics(metrics)),
      logger_(std::move(logger)),
      last_position_(committer_->last(Sequence::Stream)) {
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "store-writer");
}

Writer::~Writer() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

CommitTicket Writer::submit(UnitOfWork work) {
  auto [promise, ticket] = runtime::one_shot<Outcome>();
  if (auto checked = check_unit(work); !checked) {
    promise.set(std::move(checked).error());
    return std::move(ticket);
  }
  bool wake = false;
  {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.size() < options_.queue_max && !stopping_) {
      queue_.push_back({.work = std::move(work), .promise = std::move(promise)});
      wake = queue_.size() == wanted_;
    } else {
      promise.set(full_queue());
    }
  }
  if (wake) arrived_.notify_one();
  return std::move(ticket);
}

void Writer::add_listener(StreamListener& listener) {
  const std::lock_guard lock(connection_mutex_);
  listeners_.push_back(&listener);
}

void Writer::set_record_listener(RecordListener& listener) {
  const std::lock_guard lock(connection_mutex_);
  record_listener_ = &listener;
}

std::vector<Writer::Pending> Writer::take() {
  std::unique_lock lock(queue_mutex_);
  wanted_ = 1;
  arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (const auto patience = pace_.wait(clock_.steady_now()); patience > SteadyTime::duration::zero()) {
    wanted_ = kFullUnits;
    arrived_.wait_for(lock, patience, [this] { return stopping_ || queue_.size() >= wanted_; });
  }
  const std::size_t count = std::min(queue_.size(), options_.batch_max);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Pending> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  metrics_.queued.set(static_cast<std::int64_t>(queue_.size()));
  pace_.took(clock_.steady_now(), count);
  return batch;
}

void Writer::work() {
  ask_for_short_turns();
  for (;;) {
    std::vector<Pending> batch = take();
    if (batch.empty()) return;
    const std::lock_guard lock(connection_mutex_);
    commit(std::move(batch));
    checkpointer_.after_commit(connection_);
  }
}

void Writer::commit(std::vector<Pending> batch) {
  std::vector<const UnitOfWork*> units;
  units.reserve(batch.size());
  for (const Pending& pending : batch) units.push_back(&pending.work);
  std::uint64_t epoch = epoch_.load(std::memory_order_relaxed);
  const SteadyTime started = clock_.steady_now();
  auto outcomes = committer_->commit(units, epoch);
  metrics_.commit_seconds.observe(seconds(clock_.steady_now() - started));
  metrics_.batch_units.observe(static_cast<double>(batch.size()));
  if (outcomes) {
    succeed(batch, *outcomes, epoch);
  } else {
    fail(batch, outcomes.error());
  }
}

void Writer::succeed(std::vector<Pending>& batch, std::vector<Outcome>& outcomes, std::uint64_t epoch) {
  std::vector<StreamListener::Change> changes;
  std::int64_t last_recorded = -1;
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!outcomes[i]) continue;
    ++stored;
    append_changes(changes, batch[i].work, *outcomes[i]);
    if (batch[i].work.taken(Sequence::Audit) > 0) last_recorded = committer_->last(Sequence::Audit);
  }
  metrics_.batches.add();
  metrics_.units.add(stored);
  metrics_.conflicts.add(batch.size() - stored);
  epoch_.store(epoch, std::memory_order_release);
  if (!changes.empty()) {
    for (StreamListener* listener : listeners_) listener->committed(changes);
  }
  last_position_.store(committer_->last(Sequence::Stream), std::memory_order_release);
  if (record_listener_ != nullptr && last_recorded >= 0) record_listener_->recorded(last_recorded);
  runtime::Resumptions committers;
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].promise.set(std::move(outcomes[i]), committers);
  committers.post();
}

void Writer::fail(std::vector<Pending>& batch, const Error& error) {
  metrics_.failures.add();
  logger_.error("storage.commit_failed", {{"units", batch.size()}, {"error", error.to_log()}});
  // Later units may be built on what has just been lost.
  epoch_.fetch_add(1, std::memory_order_release);
  for (Pending& pending : batch) pending.promise.set(error);
}

}  // namespace kuramori::storage::sqlite
