// What follows a stop: the account is suspended, what it sent is taken back, and people are told.
#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "rooms/queries.hpp"
#include "rooms/tables.hpp"
#include "rooms/withdrawing.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/thread_name.hpp"
#include "worm_brake/stop_rows.hpp"
#include "worm_brake/tables.hpp"

namespace kuramori::worm_brake {
namespace {

constexpr auto kIdle = std::chrono::seconds(60);
constexpr auto kBetweenPasses = std::chrono::milliseconds(500);
constexpr auto kRetryAfter = std::chrono::seconds(5);

runtime::Task<Result<storage::CommitReceipt>> durable(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

runtime::Task<Result<gate::Permit>> permission(gate::Gate& gate, gate::Operation operation,
                                               gate::Resource resource) {
  gate::Action action{
      .subject = gate::Subject::system(), .operation = operation, .resource = std::move(resource)};
  auto asking = gate.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  co_return std::get<gate::Permit>(std::move(admission));
}

runtime::Task<Result<void>> suspend(gate::Gate& gate, identity::Restrictions& restrictions, UserId user) {
  gate::Resource resource;
  resource.user = user;
  auto asking = permission(gate, gate::Operation::AdminUserSuspend, std::move(resource));
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  auto suspending = restrictions.suspend(std::move(permit), std::move(user), identity::Suspended::Yes);
  auto outcome = co_await std::move(suspending);
  co_return outcome;
}

runtime::Task<Result<rooms::Withdrawn>> take_back(gate::Gate& gate, rooms::RoomService& service,
                                                  rooms::Withdrawal withdrawal) {
  gate::Resource resource;
  resource.room = withdrawal.room;
  resource.event = withdrawal.event;
  auto asking = permission(gate, gate::Operation::RoomRedact, std::move(resource));
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  auto withdrawing = rooms::withdraw(service, std::move(permit), std::move(withdrawal));
  auto outcome = co_await std::move(withdrawing);
  co_return outcome;
}

Result<rooms::RoomSecrets> secrets_of(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                      const RoomId& room) {
  KURAMORI_TRY(row, snapshot.get(rooms::kRooms, {room.str()}));
  if (!row) return not_found("There is no such room.");
  const std::string& version = storage::text((*row)[rooms::kRooms.column("version")]);
  const matrix::RoomVersion* known = matrix::find_room_version(version);
  if (known == nullptr) return corrupt("a room has an unknown version");
  KURAMORI_TRY(key, keys.get_in(snapshot, crypto::KeyScope::Room, room.view()));
  return rooms::RoomSecrets{.version = known, .key = key};
}

}  // namespace

struct WormBrake::Found {
  RoomId room;
  EventId event;
};

Result<void> WormBrake::commit(storage::UnitOfWork work) {
  runtime::ManualExecutor executor(ports_.clock);
  const auto receipt = executor.run(durable(ports_.store.submit(std::move(work))));
  if (!receipt) return receipt.error();
  return {};
}

Result<void> WormBrake::begin(const Stop& stop) {
  storage::UnitOfWork work;
  work.upsert(kStops, stop_row(stop));
  return commit(std::move(work));
}

Result<std::vector<Stop>> WormBrake::undoing() {
  KURAMORI_TRY(stops, ports_.store.read_blocking(read_stops));
  std::erase_if(stops, [](const Stop& stop) { return stop.state != kUndoing; });
  return stops;
}

// Everything since the first of it, sent by the account, that says the same.
Result<std::vector<WormBrake::Found>> WormBrake::find_sent(storage::Snapshot& snapshot, const Stop& stop) {
  std::vector<storage::Row> rows;
  const storage::Scan scan{
      .table = &rooms::kEvents, .prefix = {}, .from = storage::Value(stop.from.value + 1)};
  const std::size_t redacted_column = rooms::kEvents.column("redacted_by");
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    const rooms::EventColumns columns = rooms::event_columns(row);
    const bool is_theirs = columns.sender == stop.user.view() && !columns.state_key;
    if (is_theirs && storage::is_null(row[redacted_column])) rows.push_back(std::move(row));
    return true;
  }));
  std::map<std::string, rooms::RoomSecrets, std::less<>> secrets;
  std::vector<Found> found;
  for (const storage::Row& row : rows) {
    const rooms::EventColumns columns = rooms::event_columns(row);
    auto known = secrets.find(columns.room);
    if (known == secrets.end()) {
      auto read = secrets_of(snapshot, ports_.keys, RoomId(columns.room));
      if (!read) continue;
      known = secrets.emplace(columns.room, *std::move(read)).first;
    }
    const auto event = rooms::open_event(row, known->second.key, *known->second.version);
    if (!event) continue;
    const auto fingerprints = fingerprints_of(event->event->content(), hash_, ports_.links_in);
    if (std::ranges::find(fingerprints, stop.fingerprint) == fingerprints.end()) continue;
    found.push_back({.room = RoomId(columns.room), .event = EventId(columns.id)});
  }
  return found;
}

bool WormBrake::withdraw(const Found& sent, const Stop& stop) {
  json::Object content{
      {"reason", "The account was stopped because it sent the same to many within a short time."},
      {"org.kuramori.brake", json::Object{{"kind", to_string(stop.fingerprint.kind)}}}};
  runtime::ManualExecutor executor(ports_.clock);
  const auto withdrawn = executor.run(take_back(
      ports_.gate, ports_.rooms, {.room = sent.room, .event = sent.event, .content = std::move(content)}));
  if (!withdrawn) {
    ports_.log.warning("brake_not_undone",
                       {{"room", sent.room.view()}, {"error", withdrawn.error().to_log()}});
  }
  return withdrawn.has_value();
}

void WormBrake::tell(const Stop& stop) {
  ports_.notices.tell_owner(stop.user, words_for_owner(stop));
  ports_.notices.tell_security_officers(words_for_officers(stop));
}

Result<bool> WormBrake::carry_on(Stop stop) {
  // Again after a restart: it is the same then.
  if (ports_.restrictions.of(stop.user).suspended == identity::Suspended::No) {
    runtime::ManualExecutor executor(ports_.clock);
    KURAMORI_CHECK(executor.run(suspend(ports_.gate, ports_.restrictions, stop.user)));
  }
  const Timestamp begun = ports_.clock.now();
  KURAMORI_TRY(sent, ports_.store.read_blocking(
                         [&](storage::Snapshot& snapshot) { return find_sent(snapshot, stop); }));
  std::int64_t failed = 0;
  for (const Found& one : sent) ++(withdraw(one, stop) ? stop.withdrawn : failed);
  stop.failed = failed;
  const bool is_clean = static_cast<std::int64_t>(sent.size()) == failed;
  const bool is_done = is_clean && begun >= stop.when + kSettling;
  if (is_done) stop.state = kUndone;
  storage::UnitOfWork work;
  work.upsert(kStops, stop_row(stop));
  KURAMORI_CHECK(commit(std::move(work)));
  if (is_done) tell(stop);
  return !is_done;
}

Result<bool> WormBrake::step() {
  const std::scoped_lock working(working_);
  std::vector<Stop> begun;
  {
    const std::scoped_lock lock(mutex_);
    begun = std::exchange(begun_, {});
  }
  for (std::size_t i = 0; i < begun.size(); ++i) {
    const auto stored = begin(begun[i]);
    if (stored) continue;
    const std::scoped_lock lock(mutex_);
    begun_.insert(begun_.end(), begun.begin() + static_cast<std::ptrdiff_t>(i), begun.end());
    return stored.error();
  }
  KURAMORI_TRY(stops, undoing());
  bool has_more = false;
  for (Stop& stop : stops) {
    KURAMORI_TRY(more, carry_on(std::move(stop)));
    has_more = has_more || more;
  }
  return has_more;
}

void WormBrake::start() {
  ensure(!thread_.joinable(), "the brake is started once");
  if (!options_.enabled) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    runtime::name_thread("worm-brake");
    run(stop);
  });
}

void WormBrake::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void WormBrake::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto more = step();
    if (!more) ports_.log.error("brake_failed", {{"error", more.error().to_log()}});
    std::unique_lock lock(mutex_);
    if (!more) {
      arrived_.wait_for(lock, stop, kRetryAfter, [] { return false; });
    } else if (*more) {
      arrived_.wait_for(lock, stop, kBetweenPasses, [] { return false; });
    } else {
      arrived_.wait_for(lock, stop, kIdle, [this] { return !begun_.empty(); });
    }
  }
}

}  // namespace kuramori::worm_brake
