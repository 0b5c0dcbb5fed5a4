// One room in memory. Its head is what the next event is built on, writes under way included; its committed
// part is what readers see, advanced by the stream in commit order.
//
// Two mutexes, never held across a suspension: `head_mutex` is held from authorisation to submission; the
// committed part's inside the functions below. The second may be taken while the first is held, not the other
// way round.
#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "crypto/aead.hpp"
#include "matrix/room_version.hpp"
#include "rooms/history.hpp"
#include "rooms/room_event.hpp"
#include "runtime/one_shot.hpp"

namespace kuramori::rooms {

struct Head {
  RoomStatePtr state;
  EventId last_event;  // the forward extremity
  std::int64_t depth = 0;
  std::optional<std::int64_t> minute;  // of the last event
};

// What a load from the store gives.
struct LoadedRoom {
  RoomId id;
  const matrix::RoomVersion* version = nullptr;
  crypto::SecretKey key;
  Head head;
  StreamPosition last_position;
  std::vector<VisibilityChange> visibility;
  std::uint64_t epoch = 0;
};

struct Settled {};

class Room {
 public:
  Room(LoadedRoom loaded, std::size_t recent_events_max);

  const RoomId& id() const { return id_; }
  const matrix::RoomVersion& version() const { return version_; }
  const crypto::SecretKey& key() const { return key_; }

  // For writers, under head_mutex.
  std::mutex head_mutex;
  Head head;
  std::uint64_t epoch = 0;        // of the store, when what the head is built on was read
  std::uint32_t unconfirmed = 0;  // submitted, and not known to be durable
  bool broken = false;            // a write was lost: this object must not be built on

  std::vector<runtime::OneShotPromise<Settled>> waiting;  // until nothing is unconfirmed
  runtime::OneShotFuture<Settled> wait_until_settled() {
    auto channel = runtime::one_shot<Settled>();
    waiting.push_back(std::move(channel.first));
    return std::move(channel.second);
  }

  // For readers, from any thread.
  RoomStatePtr state() const;
  std::pair<RoomStatePtr, StreamPosition> state_and_position() const;
  StreamPosition last_position() const;
  std::vector<VisibilityChange> visibility_changes() const;
  bool is_open_to(const UserId& user) const;  // joined, and nothing was ever hidden from members
  // The newest events in the order of the stream, when memory holds all of (after, up_to] or at least `limit`
  // of its newest; nothing otherwise.
  std::optional<std::vector<RoomEventPtr>> recent(StreamPosition after, StreamPosition up_to,
                                                  std::size_t limit) const;
  std::size_t bytes() const;  // an estimate, for the bound of the cache

  // On the writer's thread, in commit order.
  void advance(const EventCommitted& change);

 private:
  const RoomId id_;
  const matrix::RoomVersion& version_;
  const crypto::SecretKey key_;
  const std::size_t recent_max_;

  mutable std::mutex committed_mutex_;
  RoomStatePtr state_;
  StreamPosition last_position_;
  std::vector<VisibilityChange> visibility_;
  bool open_to_members_ = true;
  std::deque<RoomEventPtr> recent_;
  StreamPosition recent_after_;  // memory holds every event after this position
};

using RoomPtr = std::shared_ptr<Room>;

}  // namespace kuramori::rooms
