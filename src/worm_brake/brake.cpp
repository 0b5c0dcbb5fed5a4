#include "worm_brake/brake.hpp"

#include <algorithm>
#include "worm_brake/stop_rows.hpp"
#include "worm_brake/tables.hpp"

namespace kuramori::worm_brake {

WormBrake::WormBrake(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(options),
      hash_(crypto::derive_key(ports_.keys.organisation_key(), "worm_brake.fingerprints")),
      window_(options.window) {}

WormBrake::~WormBrake() {
  stop();
}

Result<void> WormBrake::load() {
  KURAMORI_TRY(stops, ports_.store.read_blocking(read_stops));
  const std::scoped_lock lock(mutex_);
  for (const Stop& stop : stops) {
    if (stop.state != kReleased) stopped_.insert(stop.user);
  }
  return {};
}

std::size_t WormBrake::rooms_max_of(const gate::Subject& subject) const {
  const bool is_ordinary = subject.role == gate::Role::Member || subject.role == gate::Role::Guest;
  const bool is_trusted = !is_ordinary || ports_.is_service(subject.user);
  return is_trusted ? options_.rooms_max_of_trusted : options_.rooms_max;
}

bool WormBrake::stops(const gate::Action& action) {
  const gate::Subject& subject = action.subject;
  if (!options_.enabled || subject.role == gate::Role::System || subject.user.empty()) return false;
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_.contains(subject.user)) return true;
  }
  if (action.content == nullptr) return false;
  const auto fingerprints = fingerprints_of(*action.content, hash_, ports_.links_in);
  if (fingerprints.empty()) return false;
  const SlidingWindow::Sent sent{.user = subject.user,
                                 .room = action.resource.room,
                                 .when = ports_.clock.steady_now(),
                                 .position = ports_.store.last_position()};
  const std::size_t rooms_max = rooms_max_of(subject);
  {
    const std::scoped_lock lock(mutex_);
    const auto excess = window_.count(sent, fingerprints, rooms_max);
    if (!excess) return false;
    if (!stopped_.insert(subject.user).second) return true;
    begun_.push_back({.user = subject.user,
                      .fingerprint = excess->fingerprint,
                      .from = excess->from,
                      .when = ports_.clock.now(),
                      .rooms = static_cast<std::int64_t>(excess->rooms)});
    window_.forget(subject.user);
  }
  arrived_.notify_one();
  ports_.log.warning("account_stopped", {{"user", subject.user.view()}, {"rule", "worm-brake"}});
  return true;
}

runtime::Task<Result<void>> WormBrake::release(gate::Permit permit, UserId user) {
  permit.require(gate::Operation::AdminBrakeRelease);
  auto query = [user](storage::Snapshot& snapshot) { return snapshot.get(kStops, {user.str()}); };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(row, co_await std::move(reading));
  if (!row || stop_of(*row).state == kReleased) co_return not_found("This account is not stopped.");
  Stop stop = stop_of(*row);
  if (stop.state != kUndone) {
    co_return Error(ErrorCode::Conflict, "KURAMORI_BRAKE_UNDOING",
                    "What the account sent is still being taken back.");
  }
  // The suspension goes first: after a crash in between, releasing again finds the stop.
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::AdminUserSuspend, .resource = {}};
  action.resource.user = user;
  auto asking = ports_.gate.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  auto freeing = ports_.restrictions.suspend(std::get<gate::Permit>(std::move(admission)), user,
                                             identity::Suspended::No);
  KURAMORI_CO_CHECK(co_await std::move(freeing));
  stop.state = kReleased;
  storage::UnitOfWork work;
  work.upsert(kStops, stop_row(stop));
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  const std::scoped_lock lock(mutex_);
  stopped_.erase(user);
  co_return Result<void>();
}

runtime::Task<Result<std::vector<Stop>>> WormBrake::list(gate::Permit permit) {
  permit.require(gate::Operation::AdminLinksRead);
  auto reading = ports_.store.read([](storage::Snapshot& snapshot) { return read_stops(snapshot); });
  KURAMORI_CO_TRY(stops, co_await std::move(reading));
  std::ranges::sort(stops, std::ranges::greater(), &Stop::when);
  auto recording = ports_.gate.record(std::move(permit), {});
  KURAMORI_CO_CHECK(co_await std::move(recording));
  co_return stops;
}

}  // namespace kuramori::worm_brake
