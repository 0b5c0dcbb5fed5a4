#include "storage/memory/memory_store.hpp"

#include "storage/changes.hpp"
#include "storage/memory/snapshot.hpp"

namespace kuramori::storage::memory {
namespace {

Error shutting_down() {
  return unavailable("The server is shutting down.", "the store is gone");
}

}  // namespace

MemoryStore::~MemoryStore() {
  drop_pending();
}

CommitTicket MemoryStore::submit(UnitOfWork work) {
  auto [promise, ticket] = runtime::one_shot<Outcome>();
  if (auto checked = check_unit(work); !checked) {
    promise.set(std::move(checked).error());
    return std::move(ticket);
  }
  {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.size() >= options_.queue_max) {
      promise.set(full_queue());
      return std::move(ticket);
    }
    queue_.push_back({.work = std::move(work), .promise = std::move(promise)});
  }
  if (options_.commits == Commits::AtOnce) {
    const std::lock_guard lock(commit_mutex_);
    commit(take(static_cast<std::size_t>(-1)));
  }
  return std::move(ticket);
}

std::vector<MemoryStore::Pending> MemoryStore::take(std::size_t units_max) {
  const std::lock_guard lock(queue_mutex_);
  std::vector<Pending> batch;
  while (!queue_.empty() && batch.size() < units_max) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void MemoryStore::commit(std::vector<Pending> batch) {
  if (batch.empty()) return;
  if (next_failure_) {
    const Error failure = *std::exchange(next_failure_, std::nullopt);
    ++epoch_;
    for (Pending& pending : batch) pending.promise.set(failure);
    return;
  }
  std::vector<Outcome> outcomes = apply(batch);
  publish(batch, outcomes);
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].promise.set(std::move(outcomes[i]));
}

std::vector<MemoryStore::Outcome> MemoryStore::apply(const std::vector<Pending>& batch) {
  const std::lock_guard lock(tables_mutex_);
  std::vector<Outcome> outcomes;
  outcomes.reserve(batch.size());
  for (const Pending& pending : batch) {
    const std::uint64_t required = pending.work.epoch();
    if (required != 0 && required != epoch_.load()) {
      outcomes.emplace_back(older_epoch());
      continue;
    }
    outcomes.push_back(apply_one(pending.work));
    if (required != 0 && !outcomes.back()) ++epoch_;
  }
  return outcomes;
}

MemoryStore::Outcome MemoryStore::apply_one(const UnitOfWork& work) {
  CommitReceipt receipt;
  for (std::size_t s = 0; s < kSequences; ++s) receipt.first[s] = tables_.last[s] + 1;
  KURAMORI_CHECK(apply_mutations(tables_, work, receipt));
  for (std::size_t s = 0; s < kSequences; ++s) tables_.last[s] += work.taken(static_cast<Sequence>(s));
  return receipt;
}

void MemoryStore::publish(const std::vector<Pending>& batch, const std::vector<Outcome>& outcomes) {
  std::vector<StreamListener::Change> changes;
  std::int64_t last_recorded = -1;
  std::int64_t last_position = last_position_.load();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!outcomes[i]) continue;
    const UnitOfWork& work = batch[i].work;
    append_changes(changes, work, *outcomes[i]);
    const std::uint32_t recorded = work.taken(Sequence::Audit);
    const std::uint32_t streamed = work.taken(Sequence::Stream);
    if (recorded > 0) last_recorded = outcomes[i]->of({.sequence = Sequence::Audit, .ordinal = recorded - 1});
    if (streamed > 0)
      last_position = outcomes[i]->of({.sequence = Sequence::Stream, .ordinal = streamed - 1});
  }
  if (!changes.empty()) {
    for (StreamListener* listener : listeners_) listener->committed(changes);
  }
  last_position_.store(last_position);
  if (record_listener_ != nullptr && last_recorded >= 0) record_listener_->recorded(last_recorded);
}

void MemoryStore::add_listener(StreamListener& listener) {
  const std::lock_guard lock(commit_mutex_);
  listeners_.push_back(&listener);
}

void MemoryStore::set_record_listener(RecordListener& listener) {
  const std::lock_guard lock(commit_mutex_);
  record_listener_ = &listener;
}

void MemoryStore::with_snapshot(ReadJob job) {
  Tables view;
  {
    const std::lock_guard lock(tables_mutex_);
    view = tables_;
  }
  MemorySnapshot snapshot(view);
  job(&snapshot);
  // Under the lock, so that the writer that finds itself alone with a table also sees that nobody reads it
  // any more.
  const std::lock_guard lock(tables_mutex_);
  view.by_name.clear();
}

Result<std::vector<std::string>> MemoryStore::check_integrity(const std::function<void(double)>& progress) {
  const std::lock_guard lock(tables_mutex_);
  std::vector<std::string> findings = find_damage(tables_);
  if (progress) progress(1.0);
  return findings;
}

Result<void> MemoryStore::migrate(std::span<const Migration> migrations) {
  KURAMORI_CHECK(check_migrations(migrations));
  const std::scoped_lock lock(commit_mutex_, tables_mutex_);
  KURAMORI_TRY(done, applied_prefix(migrations, applied_));
  for (const Migration& migration : migrations.subspan(done)) {
    // One migration, one transaction: a failure leaves the tables as they were before it.
    Tables changed = tables_;
    for (const SchemaChange& change : migration.changes) KURAMORI_CHECK(apply_change(changed, change));
    tables_ = std::move(changed);
    applied_.push_back({.number = migration.number, .name = migration.name});
  }
  return {};
}

void MemoryStore::fail_next_commit(Error error) {
  const std::lock_guard lock(commit_mutex_);
  next_failure_ = std::move(error);
}

std::size_t MemoryStore::commit_pending(std::size_t units_max) {
  const std::lock_guard lock(commit_mutex_);
  std::vector<Pending> batch = take(units_max);
  const std::size_t taken = batch.size();
  commit(std::move(batch));
  return taken;
}

std::size_t MemoryStore::pending() const {
  const std::lock_guard lock(queue_mutex_);
  return queue_.size();
}

void MemoryStore::drop_pending() {
  const std::lock_guard lock(commit_mutex_);
  for (Pending& pending : take(static_cast<std::size_t>(-1))) pending.promise.set(shutting_down());
  listeners_.clear();
  record_listener_ = nullptr;
}

}  // namespace kuramori::storage::memory
