// What the stream means for one user: the rooms, where account data last changed, and the requests that wait.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/identifiers.hpp"
#include "rooms/reader.hpp"
#include "runtime/wakeup.hpp"
#include "sync/room_feed.hpp"
#include "sync/unread.hpp"

namespace kuramori::sync {

struct UserRoomEntry {
  RoomId room;
  matrix::Membership membership = matrix::Membership::None;
  StreamPosition position;  // of the last membership event
  bool forgotten = false;
  RoomFeedPtr feed;
  std::shared_ptr<UnreadState> unread;

  bool is_joined() const { return membership == matrix::Membership::Join; }
};

// Never changed once made: lists of rooms share it.
using UserRoomPtr = std::shared_ptr<const UserRoomEntry>;

class UserFeed {
 public:
  explicit UserFeed(UserId user, StreamPosition created_at)
      : user_(std::move(user)), account_data_position_(created_at.value) {}
  ~UserFeed();
  UserFeed(const UserFeed&) = delete;
  UserFeed& operator=(const UserFeed&) = delete;
  const UserId& user() const { return user_; }

  bool is_loaded() const;
  // Rows of storage; what the stream brought meanwhile counts where it is newer. The caller keeps the
  // writer's thread out.
  void load(const std::vector<rooms::UserRoom>& rooms,
            const std::function<RoomFeedPtr(const RoomId&)>& feed_of);
  std::vector<UserRoomEntry> rooms() const;
  std::vector<UserRoomPtr> room_list() const;  // the same, without copies
  // Those of which something may have to be told after `since`: the membership or the room changed.
  std::vector<UserRoomEntry> rooms_changed(StreamPosition since) const;
  std::optional<UserRoomEntry> room(const RoomId& room) const;
  std::vector<RoomFeedPtr> joined_rooms() const;
  bool is_joined(const RoomId& room) const;

  // Where account data last changed, as far as known: never earlier than it did.
  StreamPosition account_data_position() const {
    return {account_data_position_.load(std::memory_order_acquire)};
  }

  // From the writer's thread.
  void set_membership(UserRoomEntry entry);
  void set_forgotten(const RoomId& room);
  void mark_account_data(StreamPosition position);

  // A parked request. Registered while waiting only.
  class Waiter {
   public:
    explicit Waiter(std::shared_ptr<UserFeed> feed) : feed_(std::move(feed)) { feed_->add(wakeup); }
    ~Waiter() { feed_->remove(wakeup); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    runtime::Wakeup wakeup;

   private:
    std::shared_ptr<UserFeed> feed_;
  };
  void wake();

 private:
  void add(runtime::Wakeup& wakeup);
  void remove(runtime::Wakeup& wakeup);

  const UserId user_;
  mutable std::mutex mutex_;
  bool loaded_ = false;
  std::unordered_map<RoomId, UserRoomPtr> rooms_;
  std::unordered_set<RoomId> forgotten_before_load_;
  std::atomic<std::int64_t> account_data_position_;
  std::vector<runtime::Wakeup*> waiters_;
  std::atomic<std::size_t> waiting_{0};
};

using UserFeedPtr = std::shared_ptr<UserFeed>;

}  // namespace kuramori::sync
