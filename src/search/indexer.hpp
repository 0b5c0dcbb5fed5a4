// Follows the stream and keeps the index: reads committed events from where it stopped, on a thread of its
// own that gets a core when no other wants it (or of low priority, when it starves). Its position is stored
// with what it wrote, so that it catches up after a restart and is never ahead of the events. Memory is
// bounded by one batch; it rests in proportion to its work.
//
//   Indexer indexer(ports, {});
//   indexer.start();           // and stop() before the store goes
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "rooms/recent_events.hpp"
#include "runtime/background.hpp"
#include "search/merging.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::search {

class RoomBatch;

struct IndexerOptions {
  std::size_t batch_events_max = 1'000;
  int processor_percent = 25;         // of one core, at most, while it works
  std::size_t erased_per_unit = 500;  // rows of an index that goes
};

class Indexer final : public storage::StreamListener {
 public:
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
    const rooms::RecentEvents* recent = nullptr;  // null: everything is read from the store
  };
  Indexer(Ports ports, IndexerOptions options);
  ~Indexer() override;

  void start();
  // Finishes what it commits, then joins the thread.
  void stop();

  // Indexes the next batch on the calling thread; false when nothing was left.
  Result<bool> step();

  // While nothing else is to be done: merges what one room has in several segments, since each costs every
  // search a look-up. False when no room is left.
  Result<bool> tidy();

  struct Status {
    StreamPosition position;
    StreamPosition target;
    bool is_rebuilding = false;  // what there was is being removed
  };
  Result<Status> status();

  // AdminSearchRebuild: from now on the index is made again from the beginning. What was indexed is gone
  // until then.
  runtime::Task<Result<void>> rebuild(gate::Permit permit);

  void committed(std::span<const Change> changes) override;

 private:
  struct Progress {
    std::int64_t position = 0;
    bool rebuilding = false;
  };
  struct Batch;
  // Waits until something was told of and what comes with it has come too.
  void wait_for_work(const std::stop_token& stop);
  void rest(const std::stop_token& stop, SteadyTime::duration duration);
  void rest_after(const std::stop_token& stop, SteadyTime::duration worked);
  static Result<Progress> read_progress(storage::Snapshot& snapshot);
  static storage::Row progress_row(const Progress& progress);
  Result<RoomBatch*> room_of(storage::Snapshot& snapshot, Batch& batch, const RoomId& room);
  template <class Event>
  Result<void> take(storage::Snapshot& snapshot, Batch& batch, const RoomId& room, const Event& event);
  Result<bool> take_recent(storage::Snapshot& snapshot, std::int64_t after, Batch& batch);
  Result<void> take_stored(storage::Snapshot& snapshot, std::int64_t after, Batch& batch);
  Result<Batch> read_batch(storage::Snapshot& snapshot, std::int64_t after);
  Result<void> check_format();
  Result<bool> remove_some();
  Result<bool> erase_some();
  Result<void> commit(storage::UnitOfWork work);
  Result<void> index(Batch batch);
  Result<void> merge(const RoomIndex& index, std::span<const Segment> segments, Merging when);
  static Result<std::set<RoomId>> untidy_rooms(storage::Snapshot& snapshot);
  void tidy_while_idle(const std::stop_token& stop);
  void run(const std::stop_token& stop, runtime::BackgroundTurns::Lane lane);

  const Ports ports_;
  const IndexerOptions options_;
  std::mutex stepping_;
  bool is_format_checked_ = false;
  std::optional<std::set<RoomId>> untidy_;  // with several segments; nothing: not looked for yet
  Gauge& indexed_position_;
  Gauge& behind_;
  Counter& documents_;
  Counter& merges_;
  Counter& failures_;

  std::mutex waiting_mutex_;
  std::condition_variable_any arrived_;
  std::atomic<bool> has_news_{true};
  std::atomic<std::int64_t> told_{0};  // the newest position that the store told of
  runtime::BackgroundTurns turns_;
  std::jthread when_idle_;
  std::jthread in_background_;
};

}  // namespace kuramori::search
