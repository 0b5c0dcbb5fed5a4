// Typing notices, receipts and presence of Delivery.
#include "appservices/delivery_worker.hpp"

namespace kuramori::appservices {

using runtime::Task;

namespace {

constexpr Milliseconds kRefusedFor{600'000};
constexpr std::size_t kRefusedMax = 10'000;

// What the policy is asked about.
struct About {
  RoomId room = {};
  UserId user = {};
  std::string type = {};
  std::string key() const { return type + "\n" + room.str() + "\n" + user.str(); }
};

About about(const Notice& notice) {
  if (const auto* typing = std::get_if<TypingNotice>(&notice.what))
    return {.room = typing->room, .user = {}, .type = "m.typing"};
  if (const auto* receipt = std::get_if<ReceiptNotice>(&notice.what))
    return {.room = receipt->room, .user = receipt->user, .type = "m.receipt"};
  return {.room = {}, .user = std::get<PresenceNotice>(notice.what).user, .type = "m.presence"};
}

}  // namespace

bool Delivery::wants_notices() const {
  for (const auto& worker : workers_) {
    if (worker->service.receive_ephemeral) return true;
  }
  return false;
}

void Delivery::note(std::span<const Notice> notices) {
  if (notices.empty()) return;
  for (const auto& worker : workers_) {
    if (!worker->service.receive_ephemeral) continue;
    for (const Notice& notice : notices) {
      if (!worker->notices.add(notice)) worker->notices_dropped.add();
    }
  }
  told_of(notices.back().position);
  for (const auto& worker : workers_) {
    if (!worker->service.receive_ephemeral) continue;
    const std::scoped_lock lock(worker->mutex);
    if (!worker->is_waiting_after_failure) worker->wakeup->notify();
  }
}

Task<Result<bool>> Delivery::concerns(Worker& worker, const Notice* notice) {
  if (const auto* typing = std::get_if<TypingNotice>(&notice->what)) {
    auto judging = worker.interest.covers_room_now(typing->room);
    co_return co_await std::move(judging);
  }
  if (const auto* receipt = std::get_if<ReceiptNotice>(&notice->what)) {
    // "Private read receipts MUST only be sent for users matching one of the application service's
    // namespaces."
    if (receipt->is_private() && !worker.interest.is_own(receipt->user)) co_return false;
    auto judging = worker.interest.covers_room_now(receipt->room);
    co_return co_await std::move(judging);
  }
  auto judging = worker.interest.shares_room(std::get<PresenceNotice>(notice->what).user);
  co_return co_await std::move(judging);
}

// A refusal leaves an entry in the record; what comes as often as this is asked about but once in a while.
Task<Result<bool>> Delivery::may_have(Worker& worker, const Notice* notice) {
  const About asked = about(*notice);
  const SteadyTime now = ports_.clock.steady_now();
  const std::string key = asked.key();
  const auto known = worker.refused.find(key);
  if (known != worker.refused.end() && now < known->second) co_return false;
  gate::Action action{.subject = subject_of(worker.service),
                      .operation = gate::Operation::BridgeDeliver,
                      .resource = {.room = asked.room,
                                   .event = {},
                                   .user = asked.user,
                                   .event_type = asked.type,
                                   .name = worker.service.id}};
  auto asking = ports_.gate.admit(std::move(action));
  gate::Admission admission = co_await std::move(asking);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  if (std::holds_alternative<gate::Permit>(admission)) {
    if (known != worker.refused.end()) worker.refused.erase(known);
    co_return true;
  }
  if (worker.refused.size() >= kRefusedMax) worker.refused.clear();
  worker.refused.insert_or_assign(key, now + kRefusedFor);
  co_return false;
}

Task<Result<void>> Delivery::take_notices(Worker& worker, StreamPosition up_to) {
  std::vector<Notice> relevant;
  const std::vector<Notice> taken = worker.notices.take(up_to, options_.notices_at_once);
  for (const Notice& notice : taken) {
    auto judging = concerns(worker, &notice);
    const Result<bool> is_relevant = co_await std::move(judging);
    // A room that is gone concerns nobody.
    if (!is_relevant && is_relevant.error().code() == ErrorCode::NotFound) continue;
    if (!is_relevant) co_return is_relevant.error();
    if (!*is_relevant) continue;
    auto asking = may_have(worker, &notice);
    KURAMORI_CO_TRY(is_allowed, co_await std::move(asking));
    if (is_allowed) relevant.push_back(notice);
  }
  worker.transaction.notices_text = render_notices(relevant, ports_.presence);
  if (!worker.transaction.notices_text.empty()) worker.notices_delivered.add(relevant.size());
  co_return Result<void>();
}

}  // namespace kuramori::appservices
