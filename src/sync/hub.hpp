// Where the stream meets those who wait for it. Hears every committed change in order, keeps what is new per
// room and per user in memory (bounded), and wakes exactly the parked requests that may see something.
//
// Changes become visible together: whoever reads `position` and the feeds under `view` sees them agree.
#pragma once
#include <array>
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
#include "runtime/sequencer.hpp"
#include "runtime/task.hpp"
#include "sync/room_feed.hpp"
#include "sync/user_feed.hpp"

namespace kuramori::sync {

class Hub final : public storage::StreamListener {
 public:
  struct Options {
    std::size_t rooms_max = 50'000;
    std::size_t users_max = 100'000;
    std::size_t tail_events_max = 200'000;  // of all rooms together
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
  // The events in (after, up_to], oldest first, whoever may see them; when they are more than a tail holds,
  // the newest of them. What was read for one reader serves the next.
  runtime::Task<Result<std::vector<TailEntry>>> reach_back(RoomFeedPtr feed, StreamPosition after,
                                                           StreamPosition up_to);

  // The rooms of a user and the position that they stand for.
  struct View {
    StreamPosition position;
    std::vector<UserRoomEntry> rooms;
  };
  View view(const UserFeed& user) const;
  // All of them, without copies.
  struct Everything {
    StreamPosition position;
    std::vector<UserRoomPtr> rooms;
  };
  Everything view_of_all(const UserFeed& user) const;
  View view_of_changes(const UserFeed& user, StreamPosition since) const;

  // Whose presence changed in (after, up_to].
  std::vector<UserId> presence_changes(StreamPosition after, StreamPosition up_to) const;
  // Whether the two are in a room together now, or are the same.
  runtime::Task<Result<bool>> share_room(UserId reader, UserId other);

  void committed(std::span<const Change> changes) override;
  // Wakes everybody, who then answer at once and park no more: for the end of the server.
  void drain();
  bool is_draining() const { return draining_.load(std::memory_order_acquire); }

 private:
  void take(const Change& change);
  void event_committed(StreamPosition position, const rooms::EventCommitted& change);
  void keep_in_budget(RoomFeedPtr feed, StreamPosition last, std::size_t events);
  void wake(const Change& change);
  void wake_user(const UserId& user);
  void wake_room(const RoomId& room);
  void wake_sharing(const UserId& user);
  UserFeedPtr find_user(const UserId& user) const;
  RoomFeedPtr find_room(const RoomId& room) const;
  RoomFeedPtr find_or_add_room(const RoomId& room, StreamPosition created_at);
  void shrink();

  rooms::RoomReader& rooms_;
  const Options options_;
  std::atomic<std::int64_t> position_;
  std::atomic<bool> draining_{false};
  std::array<runtime::Sequencer, 64> loading_;  // one reader of a room at a time
  // Held alone while changes enter the feeds. Taken before every other lock.
  mutable std::shared_mutex publishing_;
  mutable std::shared_mutex users_mutex_;
  std::unordered_map<UserId, UserFeedPtr> users_;
  mutable std::shared_mutex room_feeds_mutex_;
  std::unordered_map<RoomId, RoomFeedPtr> room_feeds_;
  mutable std::mutex presence_mutex_;
  std::deque<std::pair<StreamPosition, UserId>> presence_;
  // The tails of all rooms in the order in which they grew; the oldest are cut when there are too many.
  struct Kept {
    std::weak_ptr<RoomFeed> feed;
    StreamPosition last;
    std::size_t events;
  };
  std::mutex budget_mutex_;
  std::deque<Kept> kept_;
  std::size_t kept_events_ = 0;
};

}  // namespace kuramori::sync
