#include "sync/user_feed.hpp"

#include <algorithm>

namespace kuramori::sync {

bool UserFeed::is_loaded() const {
  const std::scoped_lock lock(mutex_);
  return loaded_;
}

void UserFeed::load(const std::vector<rooms::UserRoom>& rooms,
                    const std::function<RoomFeedPtr(const RoomId&)>& feed_of) {
  const std::scoped_lock lock(mutex_);
  if (loaded_) return;
  for (const rooms::UserRoom& row : rooms) {
    UserRoomEntry& entry = rooms_[row.room];
    if (entry.position >= row.position && entry.feed) continue;
    entry = {.room = row.room,
             .membership = row.membership,
             .position = row.position,
             .earlier_membership = matrix::Membership::None,
             .earlier_position = {},
             .forgotten = row.forgotten || entry.forgotten,
             .feed = feed_of(row.room),
             .unread = std::make_shared<UnreadState>()};
  }
  loaded_ = true;
}

std::vector<UserRoomEntry> UserFeed::rooms() const {
  const std::scoped_lock lock(mutex_);
  std::vector<UserRoomEntry> entries;
  entries.reserve(rooms_.size());
  for (const auto& [room, entry] : rooms_) entries.push_back(entry);
  return entries;
}

bool UserFeed::is_joined(const RoomId& room) const {
  const std::scoped_lock lock(mutex_);
  const auto it = rooms_.find(room);
  return it != rooms_.end() && it->second.membership == matrix::Membership::Join;
}

StreamPosition UserFeed::account_data_position() const {
  const std::scoped_lock lock(mutex_);
  return account_data_position_;
}

void UserFeed::set_membership(UserRoomEntry entry) {
  const std::scoped_lock lock(mutex_);
  UserRoomEntry& known = rooms_[entry.room];
  // A new profile in a room keeps what is unread; joining anew starts over.
  if (known.unread && known.membership == entry.membership) entry.unread = known.unread;
  if (!entry.unread) entry.unread = std::make_shared<UnreadState>();
  entry.earlier_membership = known.membership;
  entry.earlier_position = known.position;
  known = std::move(entry);
}

void UserFeed::set_forgotten(const RoomId& room) {
  const std::scoped_lock lock(mutex_);
  if (const auto it = rooms_.find(room); it != rooms_.end()) {
    it->second.forgotten = true;
  } else if (!loaded_) {
    rooms_[room].forgotten = true;
    rooms_[room].room = room;
  }
}

void UserFeed::mark_account_data(StreamPosition position) {
  const std::scoped_lock lock(mutex_);
  account_data_position_ = std::max(account_data_position_, position);
}

void UserFeed::wake() {
  const std::scoped_lock lock(mutex_);
  for (runtime::Wakeup* waiter : waiters_) waiter->notify();
}

void UserFeed::add(runtime::Wakeup& wakeup) {
  const std::scoped_lock lock(mutex_);
  waiters_.push_back(&wakeup);
  waiting_.store(waiters_.size(), std::memory_order_release);
}

void UserFeed::remove(runtime::Wakeup& wakeup) {
  const std::scoped_lock lock(mutex_);
  std::erase(waiters_, &wakeup);
  waiting_.store(waiters_.size(), std::memory_order_release);
}

}  // namespace kuramori::sync
