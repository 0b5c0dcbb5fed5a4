#include "sync/hub.hpp"

#include <algorithm>

#include "identity/devices.hpp"
#include "identity/encryption_changes.hpp"
#include "sync/changes.hpp"

namespace kuramori::sync {
namespace {

constexpr std::size_t kPresenceChangesMax = 4096;

bool is_member_event(const matrix::Event& event) {
  return event.is_state() && event.type() == "m.room.member";
}

}  // namespace

Hub::Hub(rooms::RoomReader& rooms, StreamPosition start, MetricsRegistry& metrics, Options options)
    : rooms_(rooms), options_(options), position_(start.value) {
  metrics.observe("kuramori_sync_position", "Last position of the stream that readers know.",
                  [this] { return static_cast<double>(position().value); });
  metrics.observe("kuramori_sync_room_feeds", "Rooms held in memory for syncs.", [this] {
    const std::shared_lock lock(room_feeds_mutex_);
    return static_cast<double>(room_feeds_.size());
  });
  metrics.observe("kuramori_sync_user_feeds", "Users held in memory for syncs.", [this] {
    const std::shared_lock lock(users_mutex_);
    return static_cast<double>(users_.size());
  });
}

// The users go before the rooms that they follow.
Hub::~Hub() {
  users_.clear();
}

UserFeedPtr Hub::find_user(const UserId& user) const {
  const std::shared_lock lock(users_mutex_);
  const auto it = users_.find(user);
  return it == users_.end() ? nullptr : it->second;
}

RoomFeedPtr Hub::find_room(const RoomId& room) const {
  const std::shared_lock lock(room_feeds_mutex_);
  const auto it = room_feeds_.find(room);
  return it == room_feeds_.end() ? nullptr : it->second;
}

RoomFeedPtr Hub::find_or_add_room(const RoomId& room, StreamPosition created_at) {
  if (RoomFeedPtr feed = find_room(room)) return feed;
  const std::unique_lock lock(room_feeds_mutex_);
  RoomFeedPtr& slot = room_feeds_[room];
  if (!slot) slot = std::make_shared<RoomFeed>(room, created_at);
  return slot;
}

UserFeedPtr Hub::cached_user(const UserId& user) const {
  UserFeedPtr feed = find_user(user);
  return feed && feed->is_loaded() ? feed : nullptr;
}

RoomFeedPtr Hub::room(const RoomId& room) {
  // Not in the midst of a batch, whose events the new feed would have missed in part.
  const std::shared_lock publishing(publishing_);
  return find_or_add_room(room, position());
}

Hub::View Hub::view(const UserFeed& user) const {
  const std::shared_lock publishing(publishing_);
  return {position(), user.rooms()};
}

Hub::Everything Hub::view_of_all(const UserFeed& user) const {
  const std::shared_lock publishing(publishing_);
  return {position(), user.room_list()};
}

Hub::View Hub::view_of_changes(const UserFeed& user, StreamPosition since) const {
  const std::shared_lock publishing(publishing_);
  return {position(), user.rooms_changed(since)};
}

std::vector<UserId> Hub::presence_changes(StreamPosition after, StreamPosition up_to) const {
  const std::scoped_lock lock(presence_mutex_);
  std::vector<UserId> users;
  const auto first = std::upper_bound(presence_.begin(), presence_.end(), after,
                                      [](StreamPosition p, const auto& entry) { return p < entry.first; });
  for (auto it = first; it != presence_.end() && it->first <= up_to; ++it) users.push_back(it->second);
  return users;
}

void Hub::committed(std::span<const Change> changes) {
  if (changes.empty()) return;
  {
    const std::unique_lock publishing(publishing_);
    for (const Change& change : changes) take(change);
    position_.store(changes.back().position.value, std::memory_order_release);
  }
  // Only now may anybody look: a reader that wakes earlier would find the position unmoved and park again.
  for (const Change& change : changes) wake(change);
}

void Hub::take(const Change& change) {
  const storage::ChangePayload* payload = change.payload.get();
  if (const auto* event = dynamic_cast<const rooms::EventCommitted*>(payload)) {
    event_committed(change.position, *event);
  } else if (const auto* receipt = dynamic_cast<const ReceiptChanged*>(payload)) {
    if (const RoomFeedPtr feed = find_room(receipt->room)) feed->mark_receipt(change.position);
  } else if (const auto* typing = dynamic_cast<const TypingChanged*>(payload)) {
    if (const RoomFeedPtr feed = find_room(typing->room)) feed->mark_typing(change.position);
  } else if (const auto* data = dynamic_cast<const AccountDataChanged*>(payload)) {
    if (const UserFeedPtr feed = find_user(data->user)) feed->mark_account_data(change.position);
  } else if (const auto* forgotten = dynamic_cast<const rooms::RoomForgotten*>(payload)) {
    if (const UserFeedPtr feed = find_user(forgotten->user)) feed->set_forgotten(forgotten->room);
  } else if (const auto* presence = dynamic_cast<const PresenceChanged*>(payload)) {
    const std::scoped_lock lock(presence_mutex_);
    presence_.emplace_back(change.position, presence->user);
    if (presence_.size() > kPresenceChangesMax) presence_.pop_front();
  }
}

void Hub::event_committed(StreamPosition position, const rooms::EventCommitted& change) {
  const matrix::Event& event = *change.event->event;
  const UserFeedPtr member = is_member_event(event) ? find_user(UserId(*event.state_key())) : nullptr;
  const RoomFeedPtr feed =
      member ? find_or_add_room(change.room, {position.value - 1}) : find_room(change.room);
  if (!feed) return;
  feed->append({change.event, change.state_before, change.state_after});
  if (change.redacted) feed->replace(change.redacted);
  keep_in_budget(feed, position, 1);
  if (!member) return;
  member->set_membership(
      {.room = change.room,
       .membership = matrix::parse_membership(json::string_or(event.content(), "membership", "")),
       .position = position,
       .forgotten = false,
       .feed = feed,
       .unread = nullptr});
}

void Hub::keep_in_budget(RoomFeedPtr feed, StreamPosition last, std::size_t events) {
  std::vector<Kept> cut;
  {
    const std::scoped_lock lock(budget_mutex_);
    kept_.push_back({std::move(feed), last, events});
    kept_events_ += events;
    while (kept_events_ > options_.tail_events_max && !kept_.empty()) {
      kept_events_ -= kept_.front().events;
      cut.push_back(std::move(kept_.front()));
      kept_.pop_front();
    }
  }
  for (const Kept& oldest : cut) {
    if (const RoomFeedPtr room = oldest.feed.lock()) room->trim(oldest.last);
  }
}

void Hub::wake(const Change& change) {
  const storage::ChangePayload* payload = change.payload.get();
  if (const auto* event = dynamic_cast<const rooms::EventCommitted*>(payload)) {
    wake_room(event->room);
    if (is_member_event(*event->event->event)) wake_user(UserId(*event->event->event->state_key()));
  } else if (const auto* receipt = dynamic_cast<const ReceiptChanged*>(payload)) {
    if (receipt->receipt.type == "m.read.private") {
      wake_user(receipt->receipt.user);
    } else {
      wake_room(receipt->room);
    }
  } else if (const auto* typing = dynamic_cast<const TypingChanged*>(payload)) {
    wake_room(typing->room);
  } else if (const auto* data = dynamic_cast<const AccountDataChanged*>(payload)) {
    wake_user(data->user);
  } else if (const auto* ended = dynamic_cast<const identity::SessionEnded*>(payload)) {
    wake_user(ended->user);
  } else if (const auto* presence = dynamic_cast<const PresenceChanged*>(payload)) {
    wake_sharing(presence->user);
  } else if (const auto* messages = dynamic_cast<const identity::ToDeviceQueued*>(payload)) {
    for (const identity::DeviceRef& device : messages->devices) wake_user(device.user);
  } else if (const auto* devices = dynamic_cast<const identity::DeviceListChanged*>(payload)) {
    if (devices->is_login) return;
    wake_user(devices->user);
    if (devices->rooms.empty()) wake_sharing(devices->user);
    for (const RoomId& room : devices->rooms) wake_room(room);
  } else if (const auto* keys = dynamic_cast<const identity::KeysSigned*>(payload)) {
    wake_user(keys->signer);
  }
}

void Hub::wake_user(const UserId& user) {
  if (const UserFeedPtr feed = find_user(user)) feed->wake();
}

void Hub::wake_room(const RoomId& room) {
  if (const RoomFeedPtr feed = find_room(room)) feed->wake_followers();
}

void Hub::wake_sharing(const UserId& user) {
  const UserFeedPtr feed = find_user(user);
  if (!feed) return;
  feed->wake();
  for (const RoomFeedPtr& room : feed->joined_rooms()) room->wake_followers();
}

void Hub::drain() {
  draining_.store(true, std::memory_order_release);
  const std::shared_lock lock(users_mutex_);
  for (const auto& [user, feed] : users_) feed->wake();
}

void Hub::shrink() {
  {
    const std::unique_lock lock(users_mutex_);
    for (auto it = users_.begin(); users_.size() > options_.users_max && it != users_.end();) {
      it = it->second.use_count() == 1 ? users_.erase(it) : std::next(it);
    }
  }
  const std::unique_lock lock(room_feeds_mutex_);
  for (auto it = room_feeds_.begin(); room_feeds_.size() > options_.rooms_max && it != room_feeds_.end();) {
    it = it->second.use_count() == 1 ? room_feeds_.erase(it) : std::next(it);
  }
}

}  // namespace kuramori::sync
