// What is asked of delayed events: scheduled, managed, listed. What becomes of them is in
// delayed_sending.cpp.
#include "rooms/delayed_events.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "rooms/delayed_rows.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kDelayIdCharacters = 32;

Error too_many(std::int64_t retry_after_ms) {
  return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED",
               "The maximum number of delayed events has been reached.")
      .with_retry_after_ms(std::max<std::int64_t>(1'000, retry_after_ms));
}

Error no_such_event() {
  return not_found("There is no such delayed event.");
}

Error finalised_otherwise(DelayOutcome outcome) {
  return Error(ErrorCode::Conflict, "M_UNKNOWN",
               outcome == DelayOutcome::Sent ? "The delayed event has been sent already."
                                             : "The delayed event has been cancelled already.");
}

}  // namespace

DelayedEvents::DelayedEvents(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(options),
      id_key_(crypto::derive_key(ports_.keys.organisation_key(), "delayed event ids")),
      sent_(ports_.metrics.counter("kuramori_rooms_delayed_events_sent_total",
                                   "Delayed events that were sent.")),
      failed_(ports_.metrics.counter("kuramori_rooms_delayed_events_failed_total",
                                     "Delayed events that could not be sent when their time came.")) {
  load();
  ports_.metrics.observe("kuramori_rooms_delayed_events_scheduled", "Delayed events that wait.", [this] {
    const std::scoped_lock lock(mutex_);
    return static_cast<double>(scheduled_.size());
  });
}

DelayedEvents::~DelayedEvents() = default;

void DelayedEvents::load() {
  auto query = [this](storage::Snapshot& snapshot) -> Result<void> {
    return snapshot.for_each({.table = &kDelayedEvents,
                              .index = &kDelayedEvents.index("delayed_events_by_due"),
                              .from = storage::Value(std::int64_t{0})},
                             [this](storage::Row&& row) {
                               const detail::DelayedColumns columns = detail::delayed_columns(row);
                               const std::int64_t due_ms = columns.due_ms.value_or(0);
                               Entry entry{.user = columns.user,
                                           .running_since_ms = due_ms - columns.delay.count(),
                                           .due_ms = due_ms,
                                           .durable_due_ms = due_ms};
                               if (columns.state_key) {
                                 entry.state_place =
                                     detail::state_place(columns.room, columns.type, *columns.state_key);
                               }
                               add(columns.hash, std::move(entry));
                               return true;
                             });
  };
  const auto loaded = ports_.store.read_blocking(std::move(query));
  if (!loaded) ports_.log.error("delayed_events_not_loaded", {{"error", loaded.error().to_log()}});
}

DelayedEvents::Entry DelayedEvents::entry_of(const DelayedEvent& event) {
  Entry entry{.user = event.user,
              .running_since_ms = event.running_since_ms,
              .due_ms = event.due_ms(),
              .durable_due_ms = event.due_ms()};
  if (event.state_key) entry.state_place = detail::state_place(event.room, event.type, *event.state_key);
  return entry;
}

void DelayedEvents::add(const std::string& hash, Entry entry) {
  const std::scoped_lock lock(mutex_);
  by_due_.emplace(entry.due_ms, hash);
  ++per_user_[entry.user];
  if (!entry.state_place.empty()) by_state_.emplace(entry.state_place, hash);
  scheduled_.insert_or_assign(hash, std::move(entry));
  work_to_do_.notify();
}

void DelayedEvents::drop(const std::string& hash) {
  const std::scoped_lock lock(mutex_);
  const auto found = scheduled_.find(hash);
  if (found == scheduled_.end()) return;
  const Entry& entry = found->second;
  detail::erase_pair(by_due_, entry.due_ms, hash);
  if (!entry.state_place.empty()) detail::erase_pair(by_state_, entry.state_place, hash);
  if (const auto count = per_user_.find(entry.user); count != per_user_.end() && --count->second == 0) {
    per_user_.erase(count);
  }
  scheduled_.erase(found);
}

// Whoever repeats a transaction is given the same id; nobody else can guess it.
std::string DelayedEvents::id_for(const gate::Subject& subject,
                                  const std::optional<Transaction>& transaction) {
  if (!transaction) return ports_.random.alphanumeric(kDelayIdCharacters);
  std::string what;
  for (const std::string_view part : {subject.user.view(), subject.device.view(),
                                      std::string_view(transaction->scope), transaction->id.view()}) {
    what.append(std::to_string(part.size())).append(":").append(part);
  }
  return text::to_hex(crypto::hmac_sha256(id_key_.view(), as_bytes(what))).substr(0, kDelayIdCharacters);
}

Result<void> DelayedEvents::check_room_for(const UserId& user) {
  const std::scoped_lock lock(mutex_);
  if (scheduled_.size() >= options_.scheduled_max) return too_many(0);
  const auto count = per_user_.find(user);
  if (count == per_user_.end() || count->second < options_.scheduled_per_user_max) return {};
  for (const auto& [due_ms, hash] : by_due_) {
    const auto entry = scheduled_.find(hash);
    if (entry != scheduled_.end() && entry->second.user == user)
      return too_many(due_ms - ports_.clock.now_ms());
  }
  return too_many(0);
}

runtime::Task<Result<std::string>> DelayedEvents::schedule(gate::Permit permit, ScheduleEvent request) {
  permit.require(gate::Operation::DelayedEventSet);
  KURAMORI_CO_CHECK(check_transaction(request.transaction));
  if (request.delay <= Milliseconds(0)) co_return invalid_argument("The delay must be above 0.");
  if (request.delay > options_.delay_max) {
    co_return Error(ErrorCode::InvalidArgument, "ORG.MATRIX.MSC4140_MAX_DELAY_EXCEEDED",
                    "The requested delay exceeds the allowed maximum.");
  }
  const gate::Subject subject = permit.subject();
  KURAMORI_CO_TRY(room, co_await ports_.rooms.state().room_of_member(request.room));
  if (room->state()->membership(subject.user) != matrix::Membership::Join) co_return not_in_room();

  DelayedEvent event{.delay_id = id_for(subject, request.transaction),
                     .user = subject.user,
                     .device = subject.device,
                     .room = request.room,
                     .type = std::move(request.type),
                     .state_key = std::move(request.state_key),
                     .content = passed_content(permit, std::move(request.content)),
                     .delay = request.delay,
                     .sticky = request.sticky,
                     .running_since_ms = ports_.clock.now_ms()};
  const std::string hash = detail::hash_of_delay_id(event.delay_id);
  KURAMORI_CO_TRY(lane, co_await lane_of(hash).enter());
  auto looking = read(hash);
  KURAMORI_CO_TRY(earlier, co_await std::move(looking));
  if (earlier) co_return event.delay_id;
  KURAMORI_CO_CHECK(check_room_for(subject.user));
  storage::UnitOfWork work;
  work.insert(kDelayedEvents, detail::write_delayed(hash, event, event.due_ms(), room->key(), ports_.random));
  gate::Outcome outcome{.detail = event.type + " in " + std::to_string(event.delay.count()) + " ms"};
  auto receipt = co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  add(hash, entry_of(event));
  co_return event.delay_id;
}

runtime::Task<Result<std::optional<DelayedEvent>>> DelayedEvents::read(std::string hash) {
  auto query = [this, hash](storage::Snapshot& snapshot) -> Result<std::optional<DelayedEvent>> {
    KURAMORI_TRY(row, snapshot.get(kDelayedEvents, {hash}));
    if (!row) return std::optional<DelayedEvent>();
    const RoomId room = detail::delayed_columns(*row).room;
    KURAMORI_TRY(key, ports_.keys.get_in(snapshot, crypto::KeyScope::Room, room.view()));
    KURAMORI_TRY(event, detail::open_delayed(*row, key));
    return std::optional(std::move(event));
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(found, co_await std::move(reading));
  if (found) note_restarts(hash, *found);
  co_return std::move(found);
}

// What memory knows of restarts that are not durable.
void DelayedEvents::note_restarts(const std::string& hash, DelayedEvent& event) {
  const std::scoped_lock lock(mutex_);
  const auto entry = scheduled_.find(hash);
  if (entry != scheduled_.end()) event.running_since_ms = entry->second.running_since_ms;
}

runtime::Task<Result<void>> DelayedEvents::manage(std::string delay_id, Management what) {
  const std::string hash = detail::hash_of_delay_id(delay_id);
  KURAMORI_CO_TRY(lane, co_await lane_of(hash).enter());
  auto looking = read(hash);
  KURAMORI_CO_TRY(found, co_await std::move(looking));
  if (!found) co_return no_such_event();
  if (found->outcome != DelayOutcome::Scheduled) {
    const bool was_sent = found->outcome == DelayOutcome::Sent;
    const bool agrees = was_sent ? what == Management::Send : what == Management::Cancel;
    if (agrees) co_return Result<void>();
    co_return finalised_otherwise(found->outcome);
  }
  auto doing = what == Management::Send ? fire(hash, *std::move(found), true)
               : what == Management::Restart
                   ? restart(hash, *std::move(found))
                   : finalise(hash, *std::move(found), DelayOutcome::Cancelled, true);
  auto done = co_await std::move(doing);
  co_return done;
}

runtime::Task<Result<std::vector<DelayedEvent>>> DelayedEvents::list(const gate::Permit& permit) {
  permit.require(gate::Operation::DelayedEventRead);
  auto query = [this, user = permit.subject().user](
                   storage::Snapshot& snapshot) -> Result<std::vector<std::pair<std::string, DelayedEvent>>> {
    KURAMORI_TRY(rows,
                 snapshot.scan({.table = &kDelayedEvents,
                                .index = &kDelayedEvents.index("delayed_events_of_user"),
                                .prefix = {user.str()},
                                .limit = options_.scheduled_per_user_max + options_.finalised_per_user_max}));
    std::vector<std::pair<std::string, DelayedEvent>> events;
    for (const storage::Row& row : rows) {
      const detail::DelayedColumns columns = detail::delayed_columns(row);
      auto key = ports_.keys.get_in(snapshot, crypto::KeyScope::Room, columns.room.view());
      if (!key) continue;  // the room's key is gone, and what it sealed with it
      KURAMORI_TRY(event, detail::open_delayed(row, *key));
      events.emplace_back(columns.hash, std::move(event));
    }
    return events;
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(found, co_await std::move(reading));
  std::vector<DelayedEvent> events;
  events.reserve(found.size());
  for (auto& [hash, event] : found) {
    note_restarts(hash, event);
    events.push_back(std::move(event));
  }
  co_return events;
}

runtime::Task<Result<DelayedEvent>> DelayedEvents::find(const gate::Permit& permit, std::string delay_id) {
  permit.require(gate::Operation::DelayedEventRead);
  auto looking = read(detail::hash_of_delay_id(delay_id));
  KURAMORI_CO_TRY(found, co_await std::move(looking));
  if (!found || found->user != permit.subject().user) co_return no_such_event();
  co_return *std::move(found);
}

runtime::Sequencer& DelayedEvents::lane_of(const std::string& hash) {
  return lanes_[std::hash<std::string>{}(hash) % lanes_.size()];
}

}  // namespace kuramori::rooms
