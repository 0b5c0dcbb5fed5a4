#include "sync/hub.hpp"

#include <algorithm>

#include "sync/changes.hpp"

namespace kuramori::sync {
namespace {

constexpr std::size_t kTailLoaded = 20;
constexpr std::size_t kPresenceChangesMax = 4096;

// Entries of the tail from events that are all the room has in (after, …], oldest first, and the state before
// the first.
std::vector<TailEntry> with_states(const std::vector<rooms::RoomEventPtr>& events,
                                   rooms::RoomStatePtr state) {
  std::vector<TailEntry> entries;
  entries.reserve(events.size());
  for (const rooms::RoomEventPtr& event : events) {
    rooms::RoomStatePtr after = event->event->is_state() ? state->with(event->event) : state;
    entries.push_back({event, state, after});
    state = std::move(after);
  }
  return entries;
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
}

Hub::~Hub() = default;

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

UserFeedPtr Hub::cached_user(const UserId& user) const {
  UserFeedPtr feed = find_user(user);
  return feed && feed->is_loaded() ? feed : nullptr;
}

RoomFeedPtr Hub::room(const RoomId& room) {
  if (RoomFeedPtr feed = find_room(room)) return feed;
  const std::unique_lock lock(room_feeds_mutex_);
  RoomFeedPtr& slot = room_feeds_[room];
  if (!slot) slot = std::make_shared<RoomFeed>(room, position());
  return slot;
}

runtime::Task<Result<UserFeedPtr>> Hub::user(UserId user) {
  UserFeedPtr feed = find_user(user);
  if (!feed) {
    const std::unique_lock lock(users_mutex_);
    UserFeedPtr& slot = users_[user];
    if (!slot) slot = std::make_shared<UserFeed>(user, position());
    feed = slot;
  }
  if (feed->is_loaded()) co_return feed;
  shrink();
  // The feed is registered before storage is read: what happens between is heard from the stream.
  auto rows = co_await rooms_.rooms_of(user);
  if (!rows) co_return std::move(rows).error();
  feed->load(*rows, [this](const RoomId& id) { return room(id); });
  co_return feed;
}

runtime::Task<Result<void>> Hub::load(RoomFeedPtr feed) {
  if (feed->is_loaded()) co_return Result<void>();
  const StreamPosition up_to = position();
  auto state = co_await rooms_.state_at(feed->room(), up_to);
  if (!state) co_return std::move(state).error();
  rooms::TimelineQuery query{.room = feed->room(),
                             .after = {0},
                             .up_to = up_to,
                             .direction = storage::Direction::Backward,
                             .limit = kTailLoaded,
                             .filter = std::nullopt};
  auto timeline = co_await rooms_.unchecked_timeline(std::move(query));
  if (!timeline) co_return std::move(timeline).error();
  std::vector<rooms::RoomEventPtr> events(timeline->events.rbegin(), timeline->events.rend());
  const StreamPosition tail_after{timeline->complete || events.empty() ? 0
                                                                       : events.front()->position.value - 1};
  rooms::RoomStatePtr before = *state;
  const bool has_state = std::ranges::any_of(events, [](const auto& e) { return e->event->is_state(); });
  if (has_state) {
    auto earlier = co_await rooms_.state_at(feed->room(), {events.front()->position.value - 1});
    if (!earlier) co_return std::move(earlier).error();
    before = *earlier;
  }
  std::vector<TailEntry> tail = with_states(events, before);
  rooms::RoomStatePtr current = tail.empty() ? *state : tail.back().state_after;
  feed->load(std::move(current), std::move(tail), tail_after, up_to);
  co_return Result<void>();
}

std::vector<UserId> Hub::presence_changes(StreamPosition after, StreamPosition up_to) const {
  const std::scoped_lock lock(presence_mutex_);
  std::vector<UserId> users;
  for (const auto& [position, user] : presence_) {
    if (position > after && position <= up_to) users.push_back(user);
  }
  return users;
}

void Hub::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
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
      presence_changed(change.position, presence->user);
    }
  }
  if (!changes.empty()) position_.store(changes.back().position.value, std::memory_order_release);
  // Only now may anybody look: a reader that wakes earlier would find the position unmoved and park again.
  for (const Change& change : changes) wake(change);
}

void Hub::wake(const Change& change) {
  const storage::ChangePayload* payload = change.payload.get();
  const auto wake_user = [this](const UserId& user) {
    if (const UserFeedPtr feed = find_user(user); feed && feed->has_waiters()) feed->wake();
  };
  const auto wake_room = [this](const RoomId& room) {
    if (const RoomFeedPtr feed = find_room(room)) wake_joined(*feed);
  };
  if (const auto* event = dynamic_cast<const rooms::EventCommitted*>(payload)) {
    wake_joined(*event->state_after);
    const matrix::Event& pdu = *event->event->event;
    if (pdu.is_state() && pdu.type() == "m.room.member") wake_user(UserId(*pdu.state_key()));
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
  } else if (const auto* forgotten = dynamic_cast<const rooms::RoomForgotten*>(payload)) {
    wake_user(forgotten->user);
  } else if (const auto* ended = dynamic_cast<const identity::SessionEnded*>(payload)) {
    wake_user(ended->user);
  } else if (const auto* presence = dynamic_cast<const PresenceChanged*>(payload)) {
    wake_sharing(presence->user);
  }
}

void Hub::event_committed(StreamPosition position, const rooms::EventCommitted& change) {
  const RoomFeedPtr feed = find_room(change.room);
  if (feed) {
    feed->append({change.event, change.state_before, change.state_after});
    if (change.redacted) feed->replace(change.redacted);
  }
  const matrix::Event& event = *change.event->event;
  if (event.is_state() && event.type() == "m.room.member") membership_changed(position, change);
}

void Hub::membership_changed(StreamPosition position, const rooms::EventCommitted& change) {
  const matrix::Event& event = *change.event->event;
  const UserId user(*event.state_key());
  const UserFeedPtr feed = find_user(user);
  if (!feed) return;
  feed->set_membership(
      {.room = change.room,
       .membership = matrix::parse_membership(json::string_or(event.content(), "membership", "")),
       .position = position,
       .earlier_membership = matrix::Membership::None,
       .earlier_position = {},
       .forgotten = false,
       .feed = room(change.room),
       .unread = nullptr});
}

void Hub::presence_changed(StreamPosition position, const UserId& user) {
  const std::scoped_lock lock(presence_mutex_);
  presence_.emplace_back(position, user);
  if (presence_.size() > kPresenceChangesMax) presence_.pop_front();
}

void Hub::wake_joined(const rooms::RoomState& state) {
  const std::shared_lock lock(users_mutex_);
  state.for_each_joined([this](const UserId& user) {
    const auto it = users_.find(user);
    if (it != users_.end() && it->second->has_waiters()) it->second->wake();
  });
}

void Hub::wake_joined(const RoomFeed& feed) {
  if (const rooms::RoomStatePtr state = feed.current_state()) wake_joined(*state);
}

void Hub::wake_sharing(const UserId& user) {
  const UserFeedPtr feed = find_user(user);
  if (!feed) return;
  for (const UserRoomEntry& entry : feed->rooms()) {
    if (entry.membership == matrix::Membership::Join) wake_joined(*entry.feed);
  }
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
