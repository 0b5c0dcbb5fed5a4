// The storage port. Services read through `Reader` and never see the rest: what changes anything goes through the gate,
// which commits with `Store`.
//
//   auto query = [room](Snapshot& s) -> Result<std::optional<Row>> { return s.get(kRooms, {room.str()}); };
//   auto row = co_await reader.read(std::move(query));
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "runtime/one_shot.hpp"
#include "runtime/task.hpp"
#include "storage/schema.hpp"
#include "storage/unit_of_work.hpp"
#include "storage/value.hpp"

namespace kuramori::storage {

enum class Direction : bool { Forward, Backward };

// Rows whose leading index columns equal `prefix`, in index order, optionally bounded in the column after the prefix.
struct Scan {
  const Table* table = nullptr;
  const Index* index = nullptr;         // null: the primary key
  Key prefix = {};
  std::optional<Value> from = {};       // inclusive lower bound of the next column; a bound leaves out null
  std::optional<Value> below = {};      // exclusive upper bound of the next column
  Direction direction = Direction::Forward;
  std::size_t limit = 1000;
};

// A consistent view: everything committed up to one moment, nothing after. Used on one thread, briefly.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual Result<std::optional<Row>> get(const Table& table, const Key& key) = 0;
  virtual Result<std::vector<Row>> scan(const Scan& scan) = 0;
  // Calls `visit` row by row until it answers false, whatever the scan's limit: for what does not fit in memory.
  virtual Result<void> for_each(const Scan& scan, const std::function<bool(Row&&)>& visit) = 0;
  virtual Result<std::int64_t> count(const Scan& scan) = 0;  // ignores limit
  // The last number of the sequence that this view contains; -1 of Audit and 0 of Stream in an empty store.
  virtual Result<std::int64_t> last(Sequence sequence) = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;

  // Runs `query` on a reader thread over a snapshot, and goes on where the caller was.
  template <class Query>
  runtime::Task<std::invoke_result_t<Query&, Snapshot&>> read(Query query) {
    using Outcome = std::invoke_result_t<Query&, Snapshot&>;
    auto channel = runtime::one_shot<Outcome>();
    auto job = [promise = std::move(channel.first), q = std::move(query)](Result<Snapshot*> snapshot) mutable {
      promise.set(snapshot ? q(**snapshot) : Outcome(std::move(snapshot).error()));
    };
    submit_read(std::move(job));
    auto future = std::move(channel.second);
    Outcome outcome = co_await future;
    co_return outcome;
  }
  // The same on the calling thread: for start-up, the command line and worker threads, never on an I/O thread.
  template <class Query>
  std::invoke_result_t<Query&, Snapshot&> read_blocking(Query query) {
    using Outcome = std::invoke_result_t<Query&, Snapshot&>;
    std::optional<Outcome> outcome;
    with_snapshot([&](Result<Snapshot*> snapshot) {
      outcome.emplace(snapshot ? query(**snapshot) : Outcome(std::move(snapshot).error()));
    });
    return *std::move(outcome);
  }

 protected:
  using ReadJob = std::move_only_function<void(Result<Snapshot*>)>;
  virtual void submit_read(ReadJob job) = 0;
  virtual void with_snapshot(ReadJob job) = 0;
};

// The first number that the unit received of each sequence; meaningless for a sequence it took nothing of.
struct CommitReceipt {
  std::int64_t first[kSequences] = {};
  std::int64_t of(NextOf placeholder) const {
    return first[static_cast<std::size_t>(placeholder.sequence)] + placeholder.ordinal;
  }
  StreamPosition position(NextOf placeholder) const { return {of(placeholder)}; }
};

// Awaitable: resolves when the unit is durable, or to the reason why it is not (Conflict, Unavailable, …).
using CommitTicket = runtime::OneShotFuture<Result<CommitReceipt>>;

// Hears of every change, in stream order, after it is durable and before its committer does. Called on the writer's
// thread: it must be quick, must not block and must not throw.
class StreamListener {
 public:
  struct Change {
    StreamPosition position;
    std::shared_ptr<const ChangePayload> payload;
  };
  virtual ~StreamListener() = default;
  virtual void committed(std::span<const Change> changes) = 0;
};

// Hears of every commit that appended to the record: entries [first, last] are durable.
class RecordListener {
 public:
  virtual ~RecordListener() = default;
  virtual void recorded(std::int64_t last_index) = 0;
};

class Store : public Reader {
 public:
  // Takes its place in the order of commits at once, on the calling thread; what is submitted first commits first.
  // Many units commit together. Never cancelled. A full queue answers Exhausted.
  virtual CommitTicket submit(UnitOfWork work) = 0;
  // See UnitOfWork::require_epoch. Starts at 1.
  virtual std::uint64_t epoch() const = 0;
  // The last position that is durable and published.
  virtual StreamPosition last_position() const = 0;

  // Before the first commit; listeners outlive the store's last commit.
  virtual void add_listener(StreamListener& listener) = 0;
  virtual void set_record_listener(RecordListener& listener) = 0;

  // Checks the whole store (page checksums, indexes); one line per finding, empty when sound. `progress` gets 0..1.
  virtual Result<std::vector<std::string>> check_integrity(const std::function<void(double)>& progress) = 0;
  // Runs the migrations that this store has not seen, in order. A store newer than the list is refused.
  virtual Result<void> migrate(std::span<const Migration> migrations) = 0;
};

}  // namespace kuramori::storage
