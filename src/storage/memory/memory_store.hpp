// The store in memory: for tests and the simulator. It keeps every promise of the port but durability,
// commits on the thread that submits, and fails when told to.
//
//   MemoryStore store;
//   store.migrate(migrations);
//   store.fail_next_commit(unavailable("The disk is full.", "test"));
//
// With Commits::WhenAsked units wait until `commit_pending`, as they would for a disk: the simulator decides
// what happens between submission and durability, and `drop_pending` is the crash.
#pragma once
#include <deque>
#include <mutex>

#include "base/clock.hpp"
#include "storage/memory/tables.hpp"
#include "storage/store.hpp"

namespace kuramori::storage::memory {

enum class Commits : bool { AtOnce, WhenAsked };

class MemoryStore final : public Store {
 public:
  struct Options {
    Commits commits = Commits::AtOnce;
    std::size_t queue_max = 100'000;
  };
  MemoryStore() : MemoryStore(Options()) {}
  explicit MemoryStore(Options options) : options_(options) {}
  ~MemoryStore() override;

  CommitTicket submit(UnitOfWork work) override;
  std::uint64_t epoch() const override { return epoch_.load(); }
  StreamPosition last_position() const override { return {last_position_.load()}; }
  void add_listener(StreamListener& listener) override;
  void set_record_listener(RecordListener& listener) override;
  Result<std::vector<std::string>> check_integrity(const std::function<void(double)>& progress) override;
  Result<void> migrate(std::span<const Migration> migrations) override;

  // The next commit (of one unit, or of all that are pending) fails with `error`, as when the disk does.
  void fail_next_commit(Error error);
  // Commits at most `units_max` of the waiting units together; how many were taken.
  std::size_t commit_pending(std::size_t units_max = static_cast<std::size_t>(-1));
  std::size_t pending() const;
  // The process dies: what waits is lost (its tickets answer Unavailable), and nobody listens any more. What
  // was committed stays.
  void drop_pending();

 protected:
  void submit_read(ReadJob job) override { with_snapshot(std::move(job)); }
  void with_snapshot(ReadJob job) override;

 private:
  struct Pending {
    UnitOfWork work;
    runtime::OneShotPromise<Result<CommitReceipt>> promise;
  };
  using Outcome = Result<CommitReceipt>;
  void commit(std::vector<Pending> batch);
  std::vector<Outcome> apply(const std::vector<Pending>& batch);
  Outcome apply_one(const UnitOfWork& work);
  void publish(const std::vector<Pending>& batch, const std::vector<Outcome>& outcomes);
  std::vector<Pending> take(std::size_t units_max);

  const Options options_;
  // Order of locks: commit_, then queue_ or tables_.
  std::mutex commit_mutex_;
  mutable std::mutex queue_mutex_;
  std::mutex tables_mutex_;
  std::deque<Pending> queue_;
  std::optional<Error> next_failure_;
  Tables tables_;
  std::vector<AppliedMigration> applied_;
  std::vector<StreamListener*> listeners_;
  RecordListener* record_listener_ = nullptr;
  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::int64_t> last_position_{0};
};

}  // namespace kuramori::storage::memory
