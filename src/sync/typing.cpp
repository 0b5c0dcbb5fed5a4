#include "sync/typing.hpp"

#include <map>
#include <mutex>
#include <unordered_map>

#include "runtime/sleep.hpp"
#include "sync/changes.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {
constexpr Milliseconds kCheckEvery{500};
}

struct Typing::State {
  gate::Gate& gate;
  const Clock& clock;
  mutable std::mutex mutex;
  std::unordered_map<RoomId, std::map<UserId, SteadyTime>> rooms;

  std::vector<UserId> users(const RoomId& room) const {
    std::vector<UserId> list;
    if (const auto it = rooms.find(room); it != rooms.end()) {
      for (const auto& [user, until] : it->second) list.push_back(user);
    }
    return list;
  }

  // Whether the set of those who type changed.
  bool apply(const RoomId& room, const UserId& user, std::optional<SteadyTime> until) {
    if (until) return rooms[room].insert_or_assign(user, *until).second;
    const auto it = rooms.find(room);
    if (it == rooms.end()) return false;
    const bool changed = it->second.erase(user) != 0;
    if (it->second.empty()) rooms.erase(it);
    return changed;
  }

  std::vector<RoomId> expire() {
    const std::scoped_lock lock(mutex);
    const SteadyTime now = clock.steady_now();
    std::vector<RoomId> changed;
    for (auto it = rooms.begin(); it != rooms.end();) {
      if (std::erase_if(it->second, [&](const auto& entry) { return entry.second <= now; }) > 0) {
        changed.push_back(it->first);
      }
      it = it->second.empty() ? rooms.erase(it) : std::next(it);
    }
    return changed;
  }

  Task<Result<void>> publish(gate::Permit permit, RoomId room) {
    auto change = std::make_shared<TypingChanged>();
    change->room = room;
    {
      const std::scoped_lock lock(mutex);
      change->typing = users(room);
    }
    storage::UnitOfWork work;
    work.publish(work.next(storage::Sequence::Stream), std::move(change));
    auto receipt = co_await gate.commit(std::move(permit), std::move(work), gate::Outcome{});
    if (!receipt) co_return std::move(receipt).error();
    co_return Result<void>();
  }
};

Typing::Typing(gate::Gate& gate, const Clock& clock) : state_(new State{gate, clock, {}, {}}) {}
Typing::~Typing() = default;

Task<Result<void>> Typing::set(gate::Permit permit, UserId user, RoomId room, Milliseconds timeout) {
  permit.require(gate::Operation::RoomTyping);
  bool changed = false;
  {
    const std::scoped_lock lock(state_->mutex);
    std::optional<SteadyTime> until;
    if (timeout.count() > 0) until = state_->clock.steady_now() + std::min(timeout, kTimeoutMax);
    changed = state_->apply(room, user, until);
  }
  if (!changed) co_return Result<void>();
  auto published = co_await state_->publish(std::move(permit), std::move(room));
  co_return published;
}

std::vector<UserId> Typing::typing(const RoomId& room) const {
  const std::scoped_lock lock(state_->mutex);
  return state_->users(room);
}

Task<void> Typing::expire_forever(std::stop_token stop) {
  for (;;) {
    const bool goes_on = co_await runtime::sleep_for(kCheckEvery, stop);
    if (!goes_on) co_return;
    for (const RoomId& room : state_->expire()) {
      gate::Action action{.subject = gate::Subject::system(),
                          .operation = gate::Operation::RoomTyping,
                          .resource = {.room = room, .event = {}, .user = {}, .event_type = {}, .name = {}}};
      auto admission = co_await state_->gate.admit(std::move(action));
      if (auto* permit = std::get_if<gate::Permit>(&admission)) {
        // What fails here shows again with the next change of the room; there is nobody to tell.
        [[maybe_unused]] auto published = co_await state_->publish(std::move(*permit), room);
      }
    }
  }
}

}  // namespace kuramori::sync
