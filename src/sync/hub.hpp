// Where the stream meets those who wait for it. Hears every committed change in order, keeps what is new per
// room and per user in memory (bounded), and wakes exactly the parked requests that may see something.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/metrics.hpp"
#include "identity/sessions.hpp"
#include "rooms/reader.hpp"
#include "runtime/task.hpp"
#include "sync/room_feed.hpp"
#include "sync/user_feed.hpp"

namespace kuramori::sync {

class Hub final : public storage::StreamListener {
 public:
  struct Options {
    std::size_t rooms_max = 50'000;
    std::size_t users_max = 100'000;
  };
  Hub(rooms::RoomReader& rooms, StreamPosition start, MetricsRegistry& metrics, Options options);
  ~Hub() override;

  // Everything up to here is durable and known to the feeds.
  StreamPosition position() const { return {position_.load(std::memory_order_acquire)}; }

  runtime::Task<Result<UserFeedPtr>> user(UserId user);
  UserFeedPtr cached_user(const UserId& user) const;  // null unless loaded
  RoomFeedPtr room(const RoomId& room);               // made when missing; not loaded by this
  // Reads the newest events and the state of the room, unless they are there.
  runtime::Task<Result<void>> load(RoomFeedPtr feed);

  // Whose presence changed in (after, up_to].
  std::vector<UserId> presence_changes(StreamPosition after, StreamPosition up_to) const;

  void committed(std::span<const Change> changes) override;
  // Wakes everybody, who then answer at once and park no more: for the end of the server.
  void drain();
  bool is_draining() const { return draining_.load(std::memory_order_acquire); }

 private:
  void event_committed(StreamPosition position, const rooms::EventCommitted& change);
  void membership_changed(StreamPosition position, const rooms::EventCommitted& change);
  void presence_changed(StreamPosition position, const UserId& user);
  void wake(const Change& change);
  void wake_joined(const rooms::RoomState& state);
  void wake_joined(const RoomFeed& feed);
  void wake_sharing(const UserId& user);
  UserFeedPtr find_user(const UserId& user) const;
  RoomFeedPtr find_room(const RoomId& room) const;
  void shrink();

  rooms::RoomReader& rooms_;
  const Options options_;
  std::atomic<std::int64_t> position_;
  std::atomic<bool> draining_{false};
  mutable std::shared_mutex users_mutex_;
  std::unordered_map<UserId, UserFeedPtr> users_;
  mutable std::shared_mutex room_feeds_mutex_;
  std::unordered_map<RoomId, RoomFeedPtr> room_feeds_;
  mutable std::mutex presence_mutex_;
  std::deque<std::pair<StreamPosition, UserId>> presence_;
};

}  // namespace kuramori::sync
