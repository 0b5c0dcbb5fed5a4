// Commits what a step adds to a room: the one place that takes the head's lock for writing
// (docs/decisions/0002).
#include "rooms/service_state.hpp"

namespace kuramori::rooms {
namespace {

constexpr int kAttempts = 5;

gate::Action action_of(const gate::Permit& permit) {
  return {.subject = permit.subject(), .operation = permit.operation(), .resource = permit.resource()};
}

// Acts of people who are not in the room yet, or not any more.
bool enters(gate::Operation operation) {
  return operation == gate::Operation::RoomJoin || operation == gate::Operation::RoomKnock ||
         operation == gate::Operation::RoomLeave;
}

struct Submission {
  storage::CommitTicket ticket;
  std::optional<EventId> event;
  bool is_on_head;  // false: refused at once, nothing can be built on it
};

// Whether the head may be built on. While a write of an older epoch is under way nobody knows: it may have
// been lost.
bool is_sound(Room& room, std::uint64_t epoch) {
  if (room.broken) return false;
  if (room.unconfirmed == 0) room.epoch = epoch;
  return room.epoch == epoch;
}

// Under the head's lock, which the caller holds.
Result<Submission> submit(Room& room, const AdmissionContext& context, gate::Gate& gate, gate::Permit& permit,
                          const Step& step) {
  EventBatch batch(context, room);
  KURAMORI_TRY(event, step(batch));
  gate::Outcome outcome{.detail = event ? event->str() : "unchanged"};
  // Even an act that changes nothing waits for what it found: that may not be durable yet.
  Submission submission{.ticket = gate.submit(std::move(permit), std::move(batch.work()), std::move(outcome)),
                        .event = std::move(event),
                        .is_on_head = true};
  const auto* at_once = submission.ticket.peek();
  submission.is_on_head = at_once == nullptr || at_once->has_value();
  if (submission.is_on_head) room.head = batch.head();
  ++room.unconfirmed;
  return submission;
}

}  // namespace

runtime::Task<Result<std::optional<EventId>>> RoomService::State::write(RoomId id, gate::Permit permit,
                                                                        const Step& step) {
  const gate::Action action = action_of(permit);
  Error lost = unavailable("The room is busy; try again.", "head of " + id.str());
  bool is_consumed = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (is_consumed) {
      writes_repeated.add();
      KURAMORI_CO_TRY(again, co_await admit(action));
      permit = std::move(again);
      is_consumed = false;
    }
    auto finding = enters(action.operation) ? this->room(id) : room_of_member(id);
    KURAMORI_CO_TRY(room, co_await std::move(finding));
    std::optional<Result<Submission>> submission;
    std::optional<runtime::OneShotFuture<Settled>> others;
    {
      const std::lock_guard lock(room->head_mutex);
      if (is_sound(*room, ports.store.epoch())) {
        submission.emplace(submit(*room, admission, ports.gate, permit, step));
      } else if (room->unconfirmed > 0) {
        others.emplace(room->wait_until_settled());
      }
    }
    if (others) {
      co_await *others;
      continue;
    }
    if (!submission) {
      cache.drop(room);
      continue;
    }
    if (!*submission) co_return std::move(*submission).error();
    is_consumed = true;
    auto receipt = co_await (*submission)->ticket;
    confirm(room, receipt.has_value() || !(*submission)->is_on_head);
    if (receipt) co_return std::move((*submission)->event);
    lost = std::move(receipt).error();
    if (lost.code() != ErrorCode::Conflict) break;
  }
  co_return lost;
}

// A room that lost a write is loaded anew, once every other write of it is decided: the store must not hold
// more than the load saw.
void RoomService::State::confirm(const RoomPtr& room, bool is_durable) {
  std::vector<runtime::OneShotPromise<Settled>> waiting;
  bool is_broken = false;
  {
    const std::lock_guard lock(room->head_mutex);
    room->broken = room->broken || !is_durable;
    if (--room->unconfirmed > 0) return;
    waiting = std::move(room->waiting);
    room->waiting.clear();
    is_broken = room->broken;
  }
  if (is_broken) cache.drop(room);
  for (auto& promise : waiting) promise.set(Settled{});
}

runtime::Task<Result<gate::Permit>> RoomService::State::admit(gate::Action action) {
  auto admission_task = ports.gate.admit(std::move(action));
  gate::Admission answer = co_await std::move(admission_task);
  if (auto* permit = std::get_if<gate::Permit>(&answer)) co_return std::move(*permit);
  if (auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return forbidden(refusal->message());
  co_return std::get<Error>(std::move(answer));
}

}  // namespace kuramori::rooms
