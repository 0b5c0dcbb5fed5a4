#include "push/queue.hpp"

#include <map>

#include "identity/personal.hpp"
#include "push/tables.hpp"

namespace kuramori::push {
namespace {

constexpr const char* kProgressName = "stream";

struct QueueColumn {
  enum : std::uint8_t { kUser, kDevice, kKey, kPosition, kSealed, kQueued };
};
enum AttemptsColumn : std::uint8_t { kFailures = 3, kNext = 4 };

struct Rows {
  std::vector<storage::Row> items;
  std::optional<storage::Row> attempts;
};

Result<Rows> read_rows(storage::Snapshot& snapshot, const PusherRef& ref) {
  KURAMORI_TRY(items,
               snapshot.scan({.table = &kPushQueue, .prefix = ref.row(), .limit = Queue::kItemsMax + 2}));
  KURAMORI_TRY(attempts, snapshot.get(kPushAttempts, ref.row()));
  return Rows{std::move(items), std::move(attempts)};
}

Attempts attempts_in(const std::optional<storage::Row>& row) {
  if (!row) return {};
  return {.failures = storage::integer((*row)[kFailures]), .next_ms = storage::integer((*row)[kNext])};
}

storage::Key key_of(const PusherRef& ref, StreamPosition position) {
  storage::Key key = ref.row();
  key.emplace_back(position.value);
  return key;
}

// Bound to pusher and position.
std::string place_text(const PusherRef& ref, StreamPosition position) {
  return ref.key + "|" + std::to_string(position.value);
}

}  // namespace

runtime::Task<Result<Waiting>> Queue::of(PusherRef ref) {
  auto query = [ref](storage::Snapshot& snapshot) { return read_rows(snapshot, ref); };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(rows, co_await std::move(read));
  Waiting waiting{.items = {}, .attempts = attempts_in(rows.attempts)};
  if (rows.items.empty()) co_return waiting;
  auto opening = ports_.keys.get(crypto::KeyScope::Person, ref.user.view());
  KURAMORI_CO_TRY(person, co_await std::move(opening));
  for (const storage::Row& row : rows.items) {
    QueueItem item{.position = StreamPosition{storage::integer(row[QueueColumn::kPosition])},
                   .event = {},
                   .queued_ms = storage::integer(row[QueueColumn::kQueued])};
    const std::string where = place_text(ref, item.position);
    const identity::Place place{.column = "push_queue.sealed", .user = ref.user.view(), .device = where};
    KURAMORI_CO_TRY(text, identity::open_personal(person, place, storage::blob(row[QueueColumn::kSealed])));
    KURAMORI_CO_TRY(event, parse_queued(text));
    item.event = std::move(event);
    waiting.items.push_back(std::move(item));
  }
  co_return waiting;
}

runtime::Task<Result<Attempts>> Queue::attempts_of(PusherRef ref) {
  auto query = [ref](storage::Snapshot& snapshot) { return snapshot.get(kPushAttempts, ref.row()); };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(row, co_await std::move(read));
  co_return attempts_in(row);
}

runtime::Task<Result<std::vector<std::pair<PusherRef, std::int64_t>>>> Queue::all() {
  using Found = std::vector<std::pair<PusherRef, std::int64_t>>;
  auto query = [](storage::Snapshot& snapshot) -> Result<Found> {
    std::map<PusherRef, std::int64_t> waiting;
    const auto ref_of = [](const storage::Row& row) {
      return PusherRef{UserId(storage::text(row[QueueColumn::kUser])),
                       DeviceId(storage::text(row[QueueColumn::kDevice])),
                       storage::text(row[QueueColumn::kKey])};
    };
    const storage::Scan items{.table = &kPushQueue};
    const auto note = [&](storage::Row&& row) {
      waiting.emplace(ref_of(row), 0);
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(items, note));
    const storage::Scan attempts{.table = &kPushAttempts};
    const auto time = [&](storage::Row&& row) {
      const auto found = waiting.find(ref_of(row));
      if (found != waiting.end()) found->second = storage::integer(row[kNext]);
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(attempts, time));
    return Found(waiting.begin(), waiting.end());
  };
  auto read = ports_.reader.read(std::move(query));
  auto found = co_await std::move(read);
  co_return found;
}

runtime::Task<Result<void>> Queue::add_in(storage::UnitOfWork* work, PusherRef ref, QueueItem item) {
  auto query = [ref](storage::Snapshot& snapshot) { return read_rows(snapshot, ref); };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(rows, co_await std::move(read));
  auto opening = ports_.keys.get_or_create(crypto::KeyScope::Person, ref.user.view());
  KURAMORI_CO_TRY(person, co_await std::move(opening));
  std::size_t count = rows.items.size();
  for (const storage::Row& row : rows.items) {
    if (count < kItemsMax) break;
    const StreamPosition position{storage::integer(row[QueueColumn::kPosition])};
    if (position.value == 0 || item.is_badge()) continue;
    erase_in(*work, ref, position);
    --count;
  }
  const std::string where = place_text(ref, item.position);
  const identity::Place place{.column = "push_queue.sealed", .user = ref.user.view(), .device = where};
  work->expect(kPushers, ref.row(), true);
  work->upsert(kPushQueue, {ref.user.str(), ref.device.str(), ref.key, item.position.value,
                            identity::seal_personal(person, place, render_queued(item.event), ports_.random),
                            ports_.clock.now_ms()});
  co_return Result<void>();
}

void Queue::erase_in(storage::UnitOfWork& work, const PusherRef& ref, StreamPosition position) {
  work.erase(kPushQueue, key_of(ref, position));
}

void Queue::set_attempts_in(storage::UnitOfWork& work, const PusherRef& ref, const Attempts& attempts) {
  work.expect(kPushers, ref.row(), true);
  work.upsert(kPushAttempts,
              {ref.user.str(), ref.device.str(), ref.key, attempts.failures, attempts.next_ms});
}

void Queue::clear_in(storage::UnitOfWork& work, const PusherRef& ref) {
  work.erase(kPushQueue, ref.row());
  work.erase(kPushAttempts, ref.row());
}

runtime::Task<Result<std::optional<StreamPosition>>> Queue::progress() {
  using Found = std::optional<StreamPosition>;
  auto query = [](storage::Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(row, snapshot.get(kPushProgress, {std::string(kProgressName)}));
    return row ? Found(StreamPosition{storage::integer((*row)[1])}) : Found();
  };
  auto read = ports_.reader.read(std::move(query));
  auto found = co_await std::move(read);
  co_return found;
}

void Queue::set_progress_in(storage::UnitOfWork& work, StreamPosition position) {
  work.upsert(kPushProgress, {std::string(kProgressName), position.value});
}

}  // namespace kuramori::push
