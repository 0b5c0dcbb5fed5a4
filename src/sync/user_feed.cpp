#include "sync/user_feed.hpp"

#include <algorithm>

namespace kuramori::sync {

UserFeed::~UserFeed() {
  for (const auto& [room, entry] : rooms_) entry->feed->unfollow(*this);
}

bool UserFeed::is_loaded() const {
  const std::scoped_lock lock(mutex_);
  return loaded_;
}

void UserFeed::load(const std::vector<rooms::UserRoom>& rooms,
                    const std::function<RoomFeedPtr(const RoomId&)>& feed_of) {
  std::vector<RoomFeedPtr> joined;
  {
    const std::scoped_lock lock(mutex_);
    if (loaded_) return;
    for (const rooms::UserRoom& row : rooms) {
      UserRoomPtr& known = rooms_[row.room];
      if (known && known->position >= row.position) continue;
      UserRoomEntry entry{.room = row.room,
                          .membership = row.membership,
                          .position = row.position,
                          .forgotten = row.forgotten || forgotten_before_load_.contains(row.room),
                          .feed = feed_of(row.room),
                          .unread = std::make_shared<UnreadState>()};
      if (entry.is_joined()) joined.push_back(entry.feed);
      known = std::make_shared<const UserRoomEntry>(std::move(entry));
    }
    forgotten_before_load_.clear();
    loaded_ = true;
  }
  // A room wakes its followers under its own lock, which is taken before this one.
  for (const RoomFeedPtr& feed : joined) feed->follow(*this);
}

std::vector<UserRoomEntry> UserFeed::rooms() const {
  const std::scoped_lock lock(mutex_);
  std::vector<UserRoomEntry> entries;
  entries.reserve(rooms_.size());
  for (const auto& [room, entry] : rooms_) entries.push_back(*entry);
  return entries;
}

std::vector<UserRoomPtr> UserFeed::room_list() const {
  const std::scoped_lock lock(mutex_);
  std::vector<UserRoomPtr> entries;
  entries.reserve(rooms_.size());
  for (const auto& [room, entry] : rooms_) entries.push_back(entry);
  return entries;
}

std::vector<UserRoomEntry> UserFeed::rooms_changed(StreamPosition since) const {
  const std::scoped_lock lock(mutex_);
  std::vector<UserRoomEntry> entries;
  for (const auto& [room, entry] : rooms_) {
    const bool changed =
        entry->position > since || (entry->is_joined() && entry->feed->may_have_changed(since));
    if (changed) entries.push_back(*entry);
  }
  return entries;
}

std::optional<UserRoomEntry> UserFeed::room(const RoomId& room) const {
  const std::scoped_lock lock(mutex_);
  const auto it = rooms_.find(room);
  if (it == rooms_.end()) return std::nullopt;
  return *it->second;
}

bool UserFeed::is_joined(const RoomId& room) const {
  const std::scoped_lock lock(mutex_);
  const auto it = rooms_.find(room);
  return it != rooms_.end() && it->second->is_joined();
}

std::vector<RoomFeedPtr> UserFeed::joined_rooms() const {
  const std::scoped_lock lock(mutex_);
  std::vector<RoomFeedPtr> feeds;
  for (const auto& [room, entry] : rooms_) {
    if (entry->is_joined()) feeds.push_back(entry->feed);
  }
  return feeds;
}

void UserFeed::set_membership(UserRoomEntry entry) {
  const RoomFeedPtr feed = entry.feed;
  if (entry.is_joined()) {
    feed->follow(*this);
  } else {
    feed->unfollow(*this);
  }
  const std::scoped_lock lock(mutex_);
  UserRoomPtr& known = rooms_[entry.room];
  // A new profile in a room keeps what is unread; joining anew starts over.
  if (known && known->membership == entry.membership) entry.unread = known->unread;
  if (!entry.unread) entry.unread = std::make_shared<UnreadState>();
  known = std::make_shared<const UserRoomEntry>(std::move(entry));
}

void UserFeed::set_forgotten(const RoomId& room) {
  const std::scoped_lock lock(mutex_);
  const auto known = rooms_.find(room);
  if (known == rooms_.end()) {
    // Put down for the row that storage will bring.
    if (!loaded_) forgotten_before_load_.insert(room);
    return;
  }
  UserRoomEntry entry = *known->second;
  entry.forgotten = true;
  known->second = std::make_shared<const UserRoomEntry>(std::move(entry));
}

void UserFeed::mark_account_data(StreamPosition position) {
  std::int64_t seen = account_data_position_.load(std::memory_order_relaxed);
  while (seen < position.value &&
         !account_data_position_.compare_exchange_weak(seen, position.value, std::memory_order_release)) {
  }
}

void UserFeed::wake() {
  if (waiting_.load(std::memory_order_acquire) == 0) return;
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
