#include "rooms/room_cache.hpp"

namespace kuramori::rooms {

RoomPtr RoomCache::cached(const RoomId& id) const {
  const std::lock_guard lock(mutex_);
  const auto slot = slots_.find(id);
  return slot == slots_.end() ? nullptr : slot->second.room;
}

RoomPtr RoomCache::use(const RoomId& id) {
  const auto slot = slots_.find(id);
  if (slot == slots_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, slot->second.used);
  return slot->second.room;
}

runtime::Task<Result<RoomPtr>> RoomCache::get(RoomId id) {
  std::optional<runtime::OneShotFuture<Outcome>> other;
  {
    const std::lock_guard lock(mutex_);
    if (RoomPtr room = use(id)) co_return room;
    const auto [loading, first] = loading_.try_emplace(id);
    if (!first) {
      auto channel = runtime::one_shot<Outcome>();
      loading->second.push_back(std::move(channel.first));
      other.emplace(std::move(channel.second));
    }
  }
  if (other) {
    Outcome outcome = co_await *other;
    co_return outcome;
  }
  auto task = load_(id);
  Outcome outcome = co_await std::move(task);
  Waiters waiters;
  {
    const std::lock_guard lock(mutex_);
    if (outcome) insert(*outcome);
    waiters = std::move(loading_.extract(id).mapped());
  }
  for (auto& waiter : waiters) waiter.set(outcome);
  co_return outcome;
}

void RoomCache::insert(const RoomPtr& room) {
  by_use_.push_front(room->id());
  const std::size_t bytes = room->bytes();
  slots_[room->id()] = Slot{.room = room, .bytes = bytes, .used = by_use_.begin()};
  bytes_ += bytes;
  evict();
}

void RoomCache::evict() {
  auto candidate = by_use_.end();
  while (candidate != by_use_.begin() && (slots_.size() > limits_.rooms_max || bytes_ > limits_.bytes_max)) {
    --candidate;
    const auto slot = slots_.find(*candidate);
    // Every use begins in this class under its mutex, so who is alone with the cache stays alone.
    if (slot->second.room.use_count() > 1) continue;
    bytes_ -= slot->second.bytes;
    slots_.erase(slot);
    candidate = by_use_.erase(candidate);
  }
}

void RoomCache::drop(const RoomPtr& room) {
  const std::lock_guard lock(mutex_);
  const auto slot = slots_.find(room->id());
  if (slot == slots_.end() || slot->second.room != room) return;
  bytes_ -= slot->second.bytes;
  by_use_.erase(slot->second.used);
  slots_.erase(slot);
}

std::size_t RoomCache::size() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

}  // namespace kuramori::rooms
