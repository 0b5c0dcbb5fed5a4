// What becomes of delayed events: sent at their time, restarted, cancelled, given up.
#include <algorithm>

#include "matrix/identifiers.hpp"
#include "rooms/delayed_rows.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr Milliseconds kRetry{5'000};
constexpr Milliseconds kIdle = std::chrono::hours(1);

// Another attempt may succeed.
bool may_pass(const Error& error) {
  switch (error.code()) {
    case ErrorCode::Exhausted:
    case ErrorCode::Unavailable:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::Conflict:
    case ErrorCode::Internal:
      return true;
    default:
      return false;
  }
}

json::Object as_json(const Error& error) {
  json::Object object;
  object.emplace("errcode", error.reason().starts_with("KURAMORI_") ? "M_UNKNOWN" : error.reason());
  object.emplace("error", error.message());
  return object;
}

gate::Resource resource_of(const DelayedEvent& event) {
  gate::Resource resource;
  resource.room = event.room;
  resource.user = event.user;
  resource.event_type = event.type;
  return resource;
}

json::Object overwritten() {
  json::Object object;
  object.emplace("errcode", "M_UNKNOWN");
  object.emplace("org.matrix.msc4140.errcode", "M_CANCELLED_BY_STATE_UPDATE");
  object.emplace("error", "Somebody else has set the same state since.");
  return object;
}

}  // namespace

// Marks the row in the unit of work of its event: there is either both or neither.
class DelayedEvents::Consumption final : public Companion {
 public:
  Consumption(std::string hash, DelayedEvent event, const crypto::SecretKey& key, const Clock& clock,
              Random& random)
      : hash_(std::move(hash)), event_(std::move(event)), key_(key), clock_(clock), random_(random) {}

  Result<void> before(const EventBatch& batch) override {
    if (!event_.state_key) return {};
    const matrix::EventPtr now = batch.state().find(event_.type, *event_.state_key);
    is_overwritten =
        now != nullptr && now->sender() != event_.user && now->origin_server_ts() >= event_.running_since_ms;
    if (is_overwritten) return forbidden("Somebody else has set the same state since.");
    return {};
  }
  void after(EventBatch& batch, const EventId& event) override {
    event_.outcome = DelayOutcome::Sent;
    event_.finalised_ms = clock_.now_ms();
    event_.event = event;
    batch.work().expect(kDelayedEvents, {hash_}, true);
    batch.work().upsert(kDelayedEvents, detail::write_delayed(hash_, event_, std::nullopt, key_, random_));
  }
  const std::string& delay_id() const override { return event_.delay_id; }

  bool is_overwritten = false;

 private:
  const std::string hash_;
  DelayedEvent event_;
  const crypto::SecretKey key_;
  const Clock& clock_;
  Random& random_;
};

runtime::Task<Result<gate::Permit>> DelayedEvents::permit_for(gate::Subject subject,
                                                              gate::Operation operation,
                                                              gate::Resource resource,
                                                              const json::Object* content) {
  gate::Action action{.subject = std::move(subject),
                      .operation = operation,
                      .resource = std::move(resource),
                      .content = content};
  auto asking = ports_.gate.admit(std::move(action));
  gate::Admission answer = co_await std::move(asking);
  if (auto* permit = std::get_if<gate::Permit>(&answer)) co_return std::move(*permit);
  if (auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return forbidden(refusal->message());
  co_return std::get<Error>(std::move(answer));
}

runtime::Task<Result<EventId>> DelayedEvents::send(const DelayedEvent& event, Companion& companion) {
  auto asking = ports_.authors.author(event.user, event.device);
  KURAMORI_CO_TRY(subject, co_await std::move(asking));
  gate::Resource resource;
  resource.room = event.room;
  resource.event_type = event.type;
  if (event.state_key) {
    auto operation = gate::Operation::RoomSetState;
    if (event.type == "m.room.member") {
      operation = operation_for_member(event.user, *event.state_key, event.content);
      if (*event.state_key != event.user.view()) resource.user = UserId(*event.state_key);
    }
    auto permitting = permit_for(std::move(subject), operation, std::move(resource), &event.content);
    KURAMORI_CO_TRY(permit, co_await std::move(permitting));
    SetState request{.room = event.room,
                     .type = event.type,
                     .state_key = *event.state_key,
                     .content = event.content,
                     .companion = &companion};
    auto sent = co_await ports_.rooms.set_state(std::move(permit), std::move(request));
    co_return sent;
  }
  if (event.type == "m.room.redaction") {
    KURAMORI_CO_TRY(target, json::required_string(event.content, "redacts"));
    resource.event_type.clear();
    resource.event = EventId(target);
    auto permitting =
        permit_for(std::move(subject), gate::Operation::RoomRedact, std::move(resource), &event.content);
    KURAMORI_CO_TRY(permit, co_await std::move(permitting));
    RedactEvent request{
        .room = event.room, .event = EventId(target), .content = event.content, .companion = &companion};
    auto sent = co_await ports_.rooms.redact(std::move(permit), std::move(request));
    co_return sent;
  }
  auto permitting =
      permit_for(std::move(subject), gate::Operation::RoomSend, std::move(resource), &event.content);
  KURAMORI_CO_TRY(permit, co_await std::move(permitting));
  SendEvent request{.room = event.room,
                    .type = event.type,
                    .content = event.content,
                    .transaction = std::nullopt,
                    .sticky = event.sticky,
                    .companion = &companion};
  auto sent = co_await ports_.rooms.send(std::move(permit), std::move(request));
  co_return sent;
}

// Within the lane of the id.
runtime::Task<Result<void>> DelayedEvents::fire(std::string hash, DelayedEvent event, bool by_action) {
  KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Room, event.room.view()));
  event.by_action = by_action;
  Consumption consumption(hash, event, key, ports_.clock, ports_.random);
  auto sending = send(event, consumption);
  auto sent = co_await std::move(sending);
  if (sent) {
    sent_.add();
    drop(hash);
    co_return Result<void>();
  }
  if (consumption.is_overwritten) {
    event.error = overwritten();
    auto cancelling = finalise(hash, std::move(event), DelayOutcome::Failed, false);
    const auto cancelled = co_await std::move(cancelling);
    if (!cancelled) co_return cancelled.error();
    co_return finalised_by_others();
  }
  if (by_action || may_pass(sent.error())) co_return std::move(sent).error();
  failed_.add();
  event.error = as_json(sent.error());
  auto giving_up = finalise(hash, std::move(event), DelayOutcome::Failed, false);
  auto given_up = co_await std::move(giving_up);
  co_return given_up;
}

Error DelayedEvents::finalised_by_others() {
  return Error(ErrorCode::Conflict, "M_UNKNOWN",
               "The delayed event was cancelled: somebody else has set the same state.");
}

runtime::Task<Result<void>> DelayedEvents::finalise(std::string hash, DelayedEvent event,
                                                    DelayOutcome outcome, bool by_action) {
  gate::Resource resource = resource_of(event);
  auto asking =
      permit_for(gate::Subject::system(), gate::Operation::DelayedEventSet, std::move(resource), nullptr);
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Room, event.room.view()));
  event.outcome = outcome;
  event.by_action = by_action;
  event.finalised_ms = ports_.clock.now_ms();
  storage::UnitOfWork work;
  work.expect(kDelayedEvents, {hash}, true);
  work.upsert(kDelayedEvents, detail::write_delayed(hash, event, std::nullopt, key, ports_.random));
  auto purging = purge_in(work, event.user);
  KURAMORI_CO_CHECK(co_await std::move(purging));
  gate::Outcome noted{.detail = by_action ? "cancelled" : "given up"};
  auto receipt = co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(noted));
  if (!receipt) co_return std::move(receipt).error();
  drop(hash);
  co_return Result<void>();
}

// The oldest of what is finalised goes.
runtime::Task<Result<void>> DelayedEvents::purge_in(storage::UnitOfWork& work, UserId user) {
  auto query = [this, user](storage::Snapshot& snapshot) -> Result<std::vector<std::string>> {
    KURAMORI_TRY(rows, snapshot.scan({.table = &kDelayedEvents,
                                      .index = &kDelayedEvents.index("delayed_events_of_user"),
                                      .prefix = {user.str()},
                                      .from = storage::Value(std::int64_t{0}),
                                      .direction = storage::Direction::Backward,
                                      .limit = options_.finalised_per_user_max * 2}));
    const std::int64_t kept_from = ports_.clock.now_ms() - options_.finalised_kept.count();
    std::vector<std::string> gone;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const detail::DelayedColumns columns = detail::delayed_columns(rows[i]);
      if (i + 1 >= options_.finalised_per_user_max || columns.finalised_ms.value_or(0) < kept_from) {
        gone.push_back(columns.hash);
      }
    }
    return gone;
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(gone, co_await std::move(reading));
  for (const std::string& hash : gone) work.erase(kDelayedEvents, {hash});
  co_return Result<void>();
}

runtime::Task<Result<void>> DelayedEvents::restart(std::string hash, DelayedEvent event) {
  event.running_since_ms = ports_.clock.now_ms();
  const std::int64_t due_ms = event.due_ms();
  bool is_durable = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto entry = scheduled_.find(hash);
    is_durable = entry != scheduled_.end() && entry->second.durable_due_ms >= due_ms;
  }
  const std::int64_t durable_due_ms = due_ms + slack_of(event.delay).count();
  if (!is_durable) {
    gate::Resource resource = resource_of(event);
    auto asking =
        permit_for(gate::Subject::system(), gate::Operation::DelayedEventSet, std::move(resource), nullptr);
    KURAMORI_CO_TRY(permit, co_await std::move(asking));
    KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Room, event.room.view()));
    storage::UnitOfWork work;
    work.expect(kDelayedEvents, {hash}, true);
    work.upsert(kDelayedEvents, detail::write_delayed(hash, event, durable_due_ms, key, ports_.random));
    auto receipt = co_await ports_.gate.commit(std::move(permit), std::move(work), {.detail = "restarted"});
    if (!receipt) co_return std::move(receipt).error();
  }
  const std::scoped_lock lock(mutex_);
  const auto entry = scheduled_.find(hash);
  if (entry == scheduled_.end()) co_return Result<void>();
  detail::erase_pair(by_due_, entry->second.due_ms, hash);
  entry->second.running_since_ms = event.running_since_ms;
  entry->second.due_ms = due_ms;
  if (!is_durable) entry->second.durable_due_ms = durable_due_ms;
  by_due_.emplace(due_ms, hash);
  co_return Result<void>();
}

void DelayedEvents::postpone(const std::string& hash) {
  const std::scoped_lock lock(mutex_);
  const auto entry = scheduled_.find(hash);
  if (entry == scheduled_.end()) return;
  detail::erase_pair(by_due_, entry->second.due_ms, hash);
  entry->second.due_ms = ports_.clock.now_ms() + kRetry.count();
  by_due_.emplace(entry->second.due_ms, hash);
}

runtime::Task<void> DelayedEvents::settle_due(std::string hash) {
  auto lane = co_await lane_of(hash).enter();
  if (!lane) {
    postpone(hash);
    co_return;
  }
  {
    const std::scoped_lock lock(mutex_);
    const auto entry = scheduled_.find(hash);  // it may have been restarted meanwhile
    if (entry == scheduled_.end() || entry->second.due_ms > ports_.clock.now_ms()) co_return;
  }
  auto looking = read(hash);
  auto found = co_await std::move(looking);
  if (found && (!*found || (*found)->outcome != DelayOutcome::Scheduled)) {
    drop(hash);
    co_return;
  }
  std::optional<Error> failure;
  if (!found) {
    failure = found.error();
  } else {
    auto firing = fire(hash, **std::move(found), false);
    auto fired = co_await std::move(firing);
    if (!fired) failure = fired.error();
  }
  if (!failure) co_return;
  if (failure->code() == ErrorCode::NotFound || failure->code() == ErrorCode::Corrupt) {
    drop(hash);  // the room's key is destroyed, and the content with it
  } else {
    postpone(hash);
  }
  ports_.log.warning("delayed_event_not_sent", {{"error", failure->to_log()}});
}

runtime::Task<void> DelayedEvents::settle_overwritten(std::string hash) {
  auto lane = co_await lane_of(hash).enter();
  if (!lane) co_return;  // it is looked at again when its time comes
  auto looking = read(hash);
  auto found = co_await std::move(looking);
  if (!found || !*found || (*found)->outcome != DelayOutcome::Scheduled) co_return;
  (*found)->error = overwritten();
  auto cancelling = finalise(hash, **std::move(found), DelayOutcome::Failed, false);
  const auto cancelled = co_await std::move(cancelling);
  if (!cancelled) ports_.log.warning("delayed_event_not_cancelled", {{"error", cancelled.error().to_log()}});
}

runtime::Task<std::size_t> DelayedEvents::send_due() {
  std::vector<std::string> due;
  std::vector<std::string> set_by_others;
  {
    const std::scoped_lock lock(mutex_);
    set_by_others.swap(overwritten_);
    const std::int64_t now_ms = ports_.clock.now_ms();
    for (auto at = by_due_.begin();
         at != by_due_.end() && at->first <= now_ms && due.size() < options_.due_per_round_max; ++at) {
      due.push_back(at->second);
    }
  }
  for (const std::string& hash : set_by_others) {
    auto settling = settle_overwritten(hash);
    co_await std::move(settling);
  }
  for (const std::string& hash : due) {
    auto settling = settle_due(hash);
    co_await std::move(settling);
  }
  co_return due.size() + set_by_others.size();
}

runtime::Task<void> DelayedEvents::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { work_to_do_.notify(); });
  while (!stop.stop_requested()) {
    auto round = send_due();
    co_await std::move(round);
    Milliseconds pause = kIdle;
    {
      const std::scoped_lock lock(mutex_);
      if (!by_due_.empty())
        pause = std::min(pause, Milliseconds(by_due_.begin()->first - ports_.clock.now_ms()));
      if (!overwritten_.empty()) pause = Milliseconds(0);
    }
    const SteadyTime deadline = ports_.clock.steady_now() + std::max(pause, Milliseconds(1));
    co_await work_to_do_.wait_until(deadline);
  }
}

void DelayedEvents::committed(std::span<const Change> changes) {
  const std::scoped_lock lock(mutex_);
  if (by_state_.empty()) return;
  bool is_any = false;
  for (const Change& change : changes) {
    const auto* committed = dynamic_cast<const EventCommitted*>(change.payload.get());
    if (committed == nullptr || !committed->event->event->is_state()) continue;
    const matrix::Event& event = *committed->event->event;
    const auto [begin, end] =
        by_state_.equal_range(detail::state_place(committed->room, event.type(), *event.state_key()));
    for (auto at = begin; at != end; ++at) {
      const auto entry = scheduled_.find(at->second);
      if (entry == scheduled_.end() || entry->second.user == event.sender()) continue;
      overwritten_.push_back(at->second);
      is_any = true;
    }
  }
  if (is_any) work_to_do_.notify();
}

}  // namespace kuramori::rooms
