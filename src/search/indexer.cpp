#include "search/indexer.hpp"

#include <algorithm>
#include <unordered_map>

#include "rooms/tables.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/thread_name.hpp"
#include "search/batch.hpp"
#include "search/merging.hpp"
#include "search/tables.hpp"

namespace kuramori::search {
namespace {

constexpr std::string_view kEventsName = "events";
constexpr std::string_view kFormatName = "format";
constexpr std::size_t kBatchOctetsMax = 4'194'304;
// Rows of search_progress for rooms whose index is being erased; the room follows.
constexpr std::string_view kErasedName = "erased|";
constexpr std::string_view kErasedNameEnd = "erased}";
constexpr std::chrono::milliseconds kGathering{250};
constexpr std::chrono::milliseconds kGatheringMax{1'500};
constexpr std::int64_t kBusyPositions = 32;  // in the first part of that time
constexpr std::chrono::seconds kRetryAfter{5};
constexpr std::chrono::seconds kIdle{5};  // without news, before segments are merged at leisure

runtime::Task<Result<storage::CommitReceipt>> durable(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

// All else (members, reactions, what is encrypted) is passed over without a look at its room.
bool concerns_index(std::string_view type, std::optional<std::string_view> state_key) {
  return key_of(type, state_key) || type == "m.room.redaction" || type == "m.room.encryption";
}

std::size_t octets_of(const storage::Row& row) {
  return storage::blob(row.back()).size();
}

}  // namespace

// What lies between two positions, cut into rooms. A room whose index has to go is in `dropped`.
struct Indexer::Batch {
  std::map<RoomId, RoomBatch> rooms = {};
  std::unordered_map<RoomId, std::vector<Segment>> segments = {};
  std::unordered_map<RoomId, bool> dropped = {};  // whether there is an index of it
  std::int64_t reached = 0;
  std::int64_t last = 0;  // of the stream, in the same snapshot
  bool complete = false;
};

Indexer::Indexer(Ports ports, IndexerOptions options)
    : ports_(std::move(ports)),
      options_(options),
      indexed_position_(ports_.metrics.gauge("kuramori_search_indexed_position",
                                             "The stream position up to which events can be searched.")),
      behind_(ports_.metrics.gauge("kuramori_search_behind_positions",
                                   "How far the search index is behind the stream.")),
      documents_(ports_.metrics.counter("kuramori_search_indexed_events_total",
                                        "Events that were put into the search index.")),
      merges_(
          ports_.metrics.counter("kuramori_search_merges_total", "Merges of segments of the search index.")),
      failures_(ports_.metrics.counter("kuramori_search_failures_total",
                                       "Batches that could not be indexed; each is tried again.")) {}

Indexer::~Indexer() {
  stop();
}

Result<Indexer::Progress> Indexer::read_progress(storage::Snapshot& snapshot) {
  KURAMORI_TRY(row, snapshot.get(kProgress, {std::string(kEventsName)}));
  if (!row) return Progress();
  return Progress{.position = storage::integer((*row)[1]), .rebuilding = storage::integer((*row)[2]) != 0};
}

storage::Row Indexer::progress_row(const Progress& progress) {
  return {std::string(kEventsName), progress.position, std::int64_t{progress.rebuilding ? 1 : 0}};
}

// Null when the room is not indexed.
Result<RoomBatch*> Indexer::room_of(storage::Snapshot& snapshot, Batch& batch, const RoomId& room) {
  if (batch.dropped.contains(room)) return nullptr;
  if (const auto at = batch.rooms.find(room); at != batch.rooms.end()) return &at->second;
  auto secrets = secrets_of(snapshot, ports_.keys, room);
  // A destroyed key took the room's content with it.
  const bool is_gone = !secrets && secrets.error().code() == ErrorCode::NotFound;
  if (!secrets && !is_gone) return std::move(secrets).error();
  KURAMORI_TRY(encrypted, is_encrypted(snapshot, room));
  if (is_gone || encrypted) {
    KURAMORI_TRY(segments, snapshot.scan({.table = &kSegments, .prefix = {room.str()}, .limit = 1}));
    batch.dropped.emplace(room, !segments.empty());
    return nullptr;
  }
  RoomIndex index(room, secrets->key);
  KURAMORI_TRY(segments, index.segments(snapshot));
  batch.segments.emplace(room, std::move(segments));
  return &batch.rooms.emplace(room, RoomBatch(std::move(index), *std::move(secrets))).first->second;
}

// `event`: a row or an event.
template <class Event>
Result<void> Indexer::take(storage::Snapshot& snapshot, Batch& batch, const RoomId& room,
                           const Event& event) {
  KURAMORI_TRY(of_room, room_of(snapshot, batch, room));
  if (of_room == nullptr) return {};
  auto taken = of_room->take(snapshot, event);
  // One damaged event must not keep the others from being found.
  if (!taken && taken.error().code() != ErrorCode::Corrupt) return std::move(taken).error();
  if (!taken) ports_.log.error("search_event_skipped", {{"error", taken.error().to_log()}});
  return {};
}

// From memory: what the store told of and the snapshot holds. False when not all of it is there.
Result<bool> Indexer::take_recent(storage::Snapshot& snapshot, std::int64_t after, Batch& batch) {
  if (ports_.recent == nullptr) return false;
  const StreamPosition until{std::min(batch.last, ports_.recent->newest().value)};
  const auto events = ports_.recent->between({after}, until, options_.batch_events_max);
  if (!events) return false;
  batch.complete = events->size() < options_.batch_events_max;
  for (const auto& committed : *events) {
    const matrix::Event& event = *committed->event->event;
    batch.reached = committed->event->position.value;
    if (!concerns_index(event.type(), event.state_key())) continue;
    KURAMORI_CHECK(take(snapshot, batch, committed->room, rooms::stored_form(*committed)));
  }
  if (batch.complete) batch.reached = std::max(batch.reached, until.value);
  return true;
}

Result<void> Indexer::take_stored(storage::Snapshot& snapshot, std::int64_t after, Batch& batch) {
  std::vector<storage::Row> rows;
  std::size_t octets = 0;
  const storage::Scan scan{.table = &rooms::kEvents, .prefix = {}, .from = storage::Value(after + 1)};
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    octets += octets_of(row);
    rows.push_back(std::move(row));
    return rows.size() < options_.batch_events_max && octets < kBatchOctetsMax;
  }));
  batch.complete = rows.size() < options_.batch_events_max && octets < kBatchOctetsMax;
  for (const storage::Row& row : rows) {
    const rooms::EventColumns columns = rooms::event_columns(row);
    batch.reached = columns.position.value;
    if (!concerns_index(columns.type, columns.state_key)) continue;
    KURAMORI_CHECK(take(snapshot, batch, RoomId(columns.room), row));
  }
  if (batch.complete) batch.reached = std::max(batch.reached, batch.last);
  return {};
}

Result<Indexer::Batch> Indexer::read_batch(storage::Snapshot& snapshot, std::int64_t after) {
  Batch batch;
  batch.reached = after;
  KURAMORI_TRY(last, snapshot.last(storage::Sequence::Stream));
  batch.last = last;
  KURAMORI_TRY(is_taken, take_recent(snapshot, after, batch));
  if (!is_taken) KURAMORI_CHECK(take_stored(snapshot, after, batch));
  return batch;
}

Result<void> Indexer::commit(storage::UnitOfWork work) {
  runtime::ManualExecutor executor(ports_.clock);
  auto receipt = executor.run(durable(ports_.store.submit(std::move(work))));
  if (!receipt) return std::move(receipt).error();
  return {};
}

Result<void> Indexer::index(Batch batch) {
  storage::UnitOfWork work;
  std::int64_t documents = 0;
  using Grown = std::vector<std::pair<RoomId, std::vector<Segment>>>;
  auto writing = ports_.store.read_blocking([&](storage::Snapshot& snapshot) -> Result<Grown> {
    Grown grown;
    for (auto& [room, taken] : batch.rooms) {
      if (taken.empty()) continue;
      documents += taken.documents();
      KURAMORI_TRY(segments, write_batch(snapshot, work, taken, batch.segments.at(room), ports_.random));
      grown.emplace_back(room, std::move(segments));
    }
    return grown;
  });
  if (!writing) return std::move(writing).error();
  for (const auto& [room, has_index] : batch.dropped) {
    if (!has_index) continue;
    // Nothing is found in it from now on; its chunks go bit by bit (erase_some), before anything else is
    // indexed.
    work.erase(kSegments, {room.str()});
    work.upsert(kProgress, {std::string(kErasedName) + room.str(), std::int64_t{0}, std::int64_t{0}});
  }
  work.upsert(kProgress, progress_row({.position = batch.reached}));
  KURAMORI_CHECK(commit(std::move(work)));
  documents_.add(static_cast<std::uint64_t>(documents));
  indexed_position_.set(batch.reached);
  behind_.set(std::max<std::int64_t>(0, ports_.store.last_position().value - batch.reached));
  for (const auto& [room, segments] : *writing) {
    KURAMORI_CHECK(merge(batch.rooms.at(room).index(), segments, Merging::AtOnce));
    if (untidy_ && segments.size() > 1) untidy_->insert(room);
  }
  return {};
}

Result<void> Indexer::merge(const RoomIndex& index, std::span<const Segment> segments, Merging when) {
  const std::size_t first = first_to_merge(segments, when);
  if (first + 1 >= segments.size()) return {};
  merges_.add();
  Merge merge(index, segments.subspan(first), first > 0);
  // Part by part: what is written before the last unit belongs to no segment yet.
  for (bool is_done = false; !is_done;) {
    storage::UnitOfWork work;
    KURAMORI_TRY(done, ports_.store.read_blocking([&](storage::Snapshot& snapshot) {
      return merge.step(snapshot, work, ports_.random);
    }));
    is_done = done;
    KURAMORI_CHECK(commit(std::move(work)));
  }
  return {};
}

Result<std::set<RoomId>> Indexer::untidy_rooms(storage::Snapshot& snapshot) {
  std::set<RoomId> rooms;
  std::string previous;
  KURAMORI_CHECK(snapshot.for_each({.table = &kSegments, .prefix = {}}, [&](storage::Row&& row) {
    if (storage::text(row[0]) == previous) rooms.emplace(previous);
    previous = storage::text(row[0]);
    return true;
  }));
  return rooms;
}

Result<bool> Indexer::tidy() {
  const std::scoped_lock lock(stepping_);
  if (!untidy_) {
    KURAMORI_TRY(rooms, ports_.store.read_blocking(untidy_rooms));
    untidy_ = std::move(rooms);
  }
  if (untidy_->empty()) return false;
  const RoomId room = *untidy_->begin();
  untidy_->erase(untidy_->begin());
  using Opened = std::optional<std::pair<RoomIndex, std::vector<Segment>>>;
  auto opening = ports_.store.read_blocking([&](storage::Snapshot& snapshot) -> Result<Opened> {
    auto secrets = secrets_of(snapshot, ports_.keys, room);
    if (!secrets && secrets.error().code() == ErrorCode::NotFound) return Opened();
    if (!secrets) return std::move(secrets).error();
    RoomIndex index(room, secrets->key);
    KURAMORI_TRY(segments, index.segments(snapshot));
    return Opened(std::in_place, std::move(index), std::move(segments));
  });
  if (!opening) return std::move(opening).error();
  if (*opening) KURAMORI_CHECK(merge((*opening)->first, (*opening)->second, Merging::AtLeisure));
  return !untidy_->empty();
}

// Of a rebuild: the segments first, so that nothing is found in half an index.
Result<bool> Indexer::remove_some() {
  storage::UnitOfWork work;
  auto found = ports_.store.read_blocking([&](storage::Snapshot& snapshot) -> Result<bool> {
    KURAMORI_TRY(segments,
                 snapshot.scan({.table = &kSegments, .prefix = {}, .limit = options_.erased_per_unit}));
    for (const storage::Row& row : segments) work.erase(kSegments, {row[0], row[1]});
    if (!segments.empty()) return true;
    KURAMORI_TRY(chunks, snapshot.scan({.table = &kChunks, .prefix = {}, .limit = options_.erased_per_unit}));
    for (const storage::Row& row : chunks) work.erase(kChunks, {row[0], row[1], row[2]});
    return !chunks.empty();
  });
  if (!found) return std::move(found).error();
  if (!*found) work.upsert(kProgress, progress_row({}));
  KURAMORI_CHECK(commit(std::move(work)));
  return true;
}

// Of the index of a room that became encrypted or whose key was destroyed. False when there is none.
Result<bool> Indexer::erase_some() {
  storage::UnitOfWork work;
  auto found = ports_.store.read_blocking([&](storage::Snapshot& snapshot) -> Result<bool> {
    KURAMORI_TRY(waiting, snapshot.scan({.table = &kProgress,
                                         .prefix = {},
                                         .from = storage::Value(std::string(kErasedName)),
                                         .below = storage::Value(std::string(kErasedNameEnd)),
                                         .limit = 1}));
    if (waiting.empty()) return false;
    const std::string& name = storage::text(waiting[0][0]);
    const std::string room = name.substr(kErasedName.size());
    KURAMORI_TRY(chunks,
                 snapshot.scan({.table = &kChunks, .prefix = {room}, .limit = options_.erased_per_unit}));
    for (const storage::Row& row : chunks) work.erase(kChunks, {row[0], row[1], row[2]});
    if (chunks.size() < options_.erased_per_unit) work.erase(kProgress, {name});
    return true;
  });
  if (!found || !*found) return found;
  KURAMORI_CHECK(commit(std::move(work)));
  return true;
}

// An index that another version laid out otherwise would find nothing, or the wrong: it is made again.
Result<void> Indexer::check_format() {
  if (is_format_checked_) return {};
  struct Found {
    std::int64_t format = 0;
    bool has_index = false;
  };
  auto reading = ports_.store.read_blocking([](storage::Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(format, snapshot.get(kProgress, {std::string(kFormatName)}));
    KURAMORI_TRY(progress, snapshot.get(kProgress, {std::string(kEventsName)}));
    return Found{.format = format ? storage::integer((*format)[1]) : 0, .has_index = progress.has_value()};
  });
  if (!reading) return std::move(reading).error();
  if (reading->format != kIndexFormat) {
    storage::UnitOfWork work;
    work.upsert(kProgress, {std::string(kFormatName), kIndexFormat, std::int64_t{0}});
    if (reading->has_index) {
      ports_.log.info("search_index_outdated", {{"format", reading->format}, {"wanted", kIndexFormat}});
      work.upsert(kProgress, progress_row({.position = 0, .rebuilding = true}));
    }
    KURAMORI_CHECK(commit(std::move(work)));
  }
  is_format_checked_ = true;
  return {};
}

Result<bool> Indexer::step() {
  const std::scoped_lock lock(stepping_);
  KURAMORI_CHECK(check_format());
  KURAMORI_TRY(progress, ports_.store.read_blocking(read_progress));
  if (progress.rebuilding) return remove_some();
  KURAMORI_TRY(erased, erase_some());
  if (erased) return true;
  const std::int64_t newest =
      std::max(ports_.store.last_position().value, told_.load(std::memory_order_acquire));
  if (progress.position >= newest) {
    indexed_position_.set(progress.position);
    behind_.set(0);
    return false;
  }
  KURAMORI_TRY(batch, ports_.store.read_blocking([&](storage::Snapshot& snapshot) {
    return read_batch(snapshot, progress.position);
  }));
  const bool has_more =
      !batch.complete || std::ranges::any_of(batch.dropped, [](const auto& room) { return room.second; });
  KURAMORI_CHECK(index(std::move(batch)));
  return has_more;
}

Result<Indexer::Status> Indexer::status() {
  KURAMORI_TRY(progress, ports_.store.read_blocking(read_progress));
  return Status{.position = {progress.position},
                .target = ports_.store.last_position(),
                .is_rebuilding = progress.rebuilding};
}

runtime::Task<Result<void>> Indexer::rebuild(gate::Permit permit) {
  permit.require(gate::Operation::AdminSearchRebuild);
  storage::UnitOfWork work;
  work.upsert(kProgress, progress_row({.position = 0, .rebuilding = true}));
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {});
  auto receipt = co_await std::move(committing);
  if (!receipt) co_return std::move(receipt).error();
  {
    const std::scoped_lock lock(waiting_mutex_);
    has_news_ = true;
  }
  arrived_.notify_one();
  co_return Result<void>();
}

void Indexer::committed(std::span<const Change> changes) {
  // The store moves its last position after it told of a change.
  if (!changes.empty()) told_.store(changes.back().position.value, std::memory_order_release);
  // The store's writer waits for the indexer when it waits itself, and only then.
  if (has_news_.exchange(true)) return;
  {
    const std::scoped_lock lock(waiting_mutex_);
  }
  arrived_.notify_one();
}

void Indexer::start() {
  using runtime::BackgroundTurns;
  ensure(!when_idle_.joinable(), "the indexer is started once");
  when_idle_ = std::jthread([this](const std::stop_token& stop) {
    runtime::name_thread("search-idle");
    runtime::work_when_idle();
    run(stop, BackgroundTurns::Lane::WhenIdle);
  });
  in_background_ = std::jthread([this](const std::stop_token& stop) {
    runtime::name_thread("search");
    runtime::work_in_background();
    run(stop, BackgroundTurns::Lane::Background);
  });
}

void Indexer::stop() {
  for (std::jthread* thread : {&when_idle_, &in_background_}) {
    if (!thread->joinable()) continue;
    thread->request_stop();
    thread->join();
  }
}

void Indexer::rest(const std::stop_token& stop, SteadyTime::duration duration) {
  std::unique_lock lock(waiting_mutex_);
  arrived_.wait_for(lock, stop, duration, [] { return false; });
}

void Indexer::rest_after(const std::stop_token& stop, SteadyTime::duration worked) {
  rest(stop, worked * (100 - options_.processor_percent) / options_.processor_percent);
}

void Indexer::tidy_while_idle(const std::stop_token& stop) {
  for (bool is_idle = true; is_idle && !stop.stop_requested();) {
    const SteadyTime begun = ports_.clock.steady_now();
    const auto more = tidy();
    if (!more) {
      failures_.add();
      ports_.log.error("search_merge_failed", {{"error", more.error().to_log()}});
    }
    if (!more || !*more) return;
    rest_after(stop, ports_.clock.steady_now() - begun);
    const std::scoped_lock lock(waiting_mutex_);
    is_idle = !has_news_;
  }
}

// What comes at the same time is written at the same time; the more comes, the longer, since a transaction
// for a few events costs who sends nearly as much as one for many.
void Indexer::wait_for_work(const std::stop_token& stop) {
  const auto has_news = [this] { return has_news_.load(); };
  {
    std::unique_lock lock(waiting_mutex_);
    if (!arrived_.wait_for(lock, stop, kIdle, has_news)) {
      lock.unlock();
      tidy_while_idle(stop);
      lock.lock();
      arrived_.wait(lock, stop, has_news);
    }
    has_news_ = false;
  }
  const std::int64_t begun = told_.load(std::memory_order_acquire);
  for (auto gathered = kGathering; !stop.stop_requested(); gathered += kGathering) {
    rest(stop, kGathering);
    const std::int64_t arrived = told_.load(std::memory_order_acquire) - begun;
    const bool is_busy =
        arrived >= kBusyPositions && arrived < static_cast<std::int64_t>(options_.batch_events_max);
    if (!is_busy || gathered >= kGatheringMax) return;
  }
}

void Indexer::run(const std::stop_token& stop, runtime::BackgroundTurns::Lane lane) {
  while (turns_.enter(lane, stop)) {
    const SteadyTime begun = ports_.clock.steady_now();
    const auto more = step();
    if (turns_.pass(lane, ports_.clock.steady_now() - begun)) continue;
    if (!more) {
      failures_.add();
      ports_.log.error("search_indexing_failed", {{"error", more.error().to_log()}});
      rest(stop, kRetryAfter);
      continue;
    }
    rest_after(stop, ports_.clock.steady_now() - begun);
    if (!*more) wait_for_work(stop);
  }
}

}  // namespace kuramori::search
