#include "provenance/keeper.hpp"

#include <unordered_map>

#include "provenance/tables.hpp"
#include "rooms/queries.hpp"
#include "rooms/tables.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::provenance {
namespace {

constexpr Milliseconds kEvery{500};
constexpr std::size_t kReadAtStartMax = 100'000;
constexpr std::size_t kReadAtOnceMax = 5'000;
constexpr std::size_t kRowsPerUnit = 2'000;
constexpr std::int64_t kWorthNoting = 10'000;  // positions
const std::string kName = "sightings";

}  // namespace

Result<std::optional<StreamPosition>> noted_up_to(storage::Snapshot& snapshot) {
  KURAMORI_TRY(row, snapshot.get(kProgress, {kName}));
  if (!row) return std::optional<StreamPosition>();
  return std::optional(StreamPosition{storage::integer((*row)[1])});
}

// The next events after `written_`, told to the book.
Result<Keeper::Step> Keeper::read_anew(storage::Snapshot& snapshot, std::size_t events_max) {
  KURAMORI_TRY(last, snapshot.last(storage::Sequence::Stream));
  Step step{.reached = std::max(last, written_)};
  std::unordered_map<std::string, std::optional<rooms::RoomSecrets>> rooms_seen;
  std::optional<Error> failure;
  std::size_t events = 0;
  const auto look = [&](const storage::Row& row) -> Result<void> {
    const rooms::EventColumns columns = rooms::event_columns(row);
    if (columns.state_key || (columns.type != "m.room.message" && columns.type != "m.sticker")) return {};
    const auto [place, is_new] = rooms_seen.try_emplace(std::string(columns.room));
    if (is_new) {
      KURAMORI_TRY(secrets, rooms::find_secrets(snapshot, ports_.keys, columns.room));
      place->second = std::move(secrets);
    }
    if (!place->second) return {};
    const auto event = rooms::open_event(row, place->second->key, *place->second->version);
    if (event) {
      ports_.book.see(columns.position, RoomId(columns.room), *event->event);
    } else {
      // One damaged event must not keep the others from being seen.
      ports_.log.error("provenance_event_skipped", {{"error", event.error().to_log()}});
    }
    return {};
  };
  const storage::Scan scan{.table = &rooms::kEvents, .prefix = {}, .from = storage::Value(written_ + 1)};
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    if (auto looked = look(row); !looked) failure.emplace(std::move(looked).error());
    if (++events < events_max && !failure) return true;
    step.reached = rooms::event_columns(row).position.value;
    step.has_more = true;
    return false;
  }));
  if (failure) return *std::move(failure);
  return step;
}

Result<void> Keeper::recall(storage::Snapshot& snapshot) {
  KURAMORI_CHECK(snapshot.for_each({.table = &kMarkLabels, .prefix = {}}, [this](storage::Row&& row) {
    ports_.book.relabel(relabelled_of(row));
    return true;
  }));
  KURAMORI_TRY(progress, noted_up_to(snapshot));
  // Without it provenance begins here: what was sent before was never looked at.
  KURAMORI_TRY(last, snapshot.last(storage::Sequence::Stream));
  written_ = progress ? progress->value : last;
  const storage::Scan newest{.table = &kSightings,
                             .index = &kSightings.index("content_sightings_by_position"),
                             .prefix = {},
                             .from = std::nullopt,
                             .below = storage::Value(written_ + 1),
                             .direction = storage::Direction::Backward,
                             .limit = kRecalledMax};
  KURAMORI_TRY(rows, snapshot.scan(newest));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) ports_.book.recall(sighting_of(*row));
  return {};
}

Result<void> Keeper::load() {
  KURAMORI_CHECK(
      ports_.store.read_blocking([this](storage::Snapshot& snapshot) { return recall(snapshot); }));
  // A few seconds of the stream, unless the server was killed under load.
  auto reading = [this](storage::Snapshot& snapshot) { return read_anew(snapshot, kReadAtStartMax); };
  KURAMORI_TRY(step, ports_.store.read_blocking(std::move(reading)));
  is_behind_ = step.has_more;
  return {};
}

runtime::Task<Result<void>> Keeper::write() {
  ContentBook::Pending pending = ports_.book.take_pending();
  std::int64_t reached = std::max(pending.reached.value, written_);
  if (is_behind_ || pending.has_lost) {
    auto reading = ports_.store.read(
        [this](storage::Snapshot& snapshot) { return read_anew(snapshot, kReadAtOnceMax); });
    KURAMORI_CO_TRY(step, co_await std::move(reading));
    reached = step.reached;
    is_behind_ = step.has_more;
    ContentBook::Pending more = ports_.book.take_pending();
    for (Sighting& sighting : more.sightings) pending.sightings.push_back(std::move(sighting));
    if (more.has_lost) {
      reached = written_;
      is_behind_ = true;
    }
  }
  if (pending.sightings.empty() && reached - written_ < kWorthNoting) co_return Result<void>();
  for (std::size_t from = 0; from < pending.sightings.size() || from == 0; from += kRowsPerUnit) {
    const std::size_t to = std::min(from + kRowsPerUnit, pending.sightings.size());
    storage::UnitOfWork work;
    for (std::size_t i = from; i < to; ++i) work.upsert(kSightings, row_of(pending.sightings[i]));
    if (to == pending.sightings.size()) work.upsert(kProgress, {kName, reached});
    auto ticket = ports_.store.submit(std::move(work));
    const auto receipt = co_await ticket;
    if (!receipt) co_return receipt.error();
  }
  written_ = reached;
  co_return Result<void>();
}

runtime::Task<void> Keeper::run(std::stop_token stop) {
  for (bool goes_on = true; goes_on;) {
    goes_on = co_await runtime::sleep_for(kEvery, stop);
    auto writing = write();
    const auto written = co_await std::move(writing);
    // The row in kProgress was not moved: a restart reads these events again.
    if (!written) ports_.log.error("provenance_not_written", {{"error", written.error().to_log()}});
  }
}

}  // namespace kuramori::provenance
