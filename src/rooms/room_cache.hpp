// The rooms in memory: at most one object for a room, loaded at first use, bounded by number and by estimated
// size. A room that somebody uses, or that has unconfirmed writes, stays.
#pragma once
#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>

#include "rooms/room.hpp"
#include "runtime/one_shot.hpp"
#include "runtime/task.hpp"

namespace kuramori::rooms {

class RoomCache {
 public:
  using Load = std::function<runtime::Task<Result<RoomPtr>>(RoomId)>;
  struct Limits {
    std::size_t rooms_max;
    std::size_t bytes_max;
  };
  RoomCache(Limits limits, Load load) : limits_(limits), load_(std::move(load)) {}

  RoomPtr cached(const RoomId& id) const;  // does not count as use
  runtime::Task<Result<RoomPtr>> get(RoomId id);
  // The next use loads it anew; nothing when another object has taken its place already.
  void drop(const RoomPtr& room);
  std::size_t size() const;

 private:
  struct Slot {
    RoomPtr room;
    std::size_t bytes = 0;
    std::list<RoomId>::iterator used;
  };
  using Outcome = Result<RoomPtr>;
  using Waiters = std::vector<runtime::OneShotPromise<Outcome>>;

  RoomPtr use(const RoomId& id);  // under the mutex
  void insert(const RoomPtr& room);
  void evict();

  const Limits limits_;
  const Load load_;
  mutable std::mutex mutex_;
  std::unordered_map<RoomId, Slot> slots_;
  std::list<RoomId> by_use_;  // most recently used first
  std::size_t bytes_ = 0;
  std::unordered_map<RoomId, Waiters> loading_;
};

}  // namespace kuramori::rooms
