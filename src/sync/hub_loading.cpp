// What the hub reads from storage: the rooms of a user, and the newest events of a room.
#include <algorithm>

#include "runtime/sleep.hpp"
#include "sync/hub.hpp"

namespace kuramori::sync {
namespace {

constexpr std::size_t kTailLoaded = 20;
constexpr Milliseconds kCatchingUp{1};

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

runtime::Task<Result<UserFeedPtr>> Hub::user(UserId user) {
  UserFeedPtr feed = find_user(user);
  if (!feed) {
    const std::shared_lock publishing(publishing_);
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
  StreamPosition newest;
  for (const rooms::UserRoom& row : *rows) newest = std::max(newest, row.position);
  // A snapshot may be a moment ahead of what was published.
  while (position() < newest) co_await runtime::sleep_for(kCatchingUp);
  const std::shared_lock publishing(publishing_);
  feed->load(*rows, [this](const RoomId& id) { return find_or_add_room(id, position()); });
  co_return feed;
}

runtime::Task<Result<void>> Hub::load(RoomFeedPtr feed) {
  if (feed->is_loaded()) co_return Result<void>();
  auto lane = co_await loading_[std::hash<RoomId>{}(feed->room()) % loading_.size()].enter();
  if (!lane) co_return std::move(lane).error();
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
  const StreamPosition last = events.empty() ? StreamPosition{0} : events.back()->position;
  std::vector<TailEntry> tail = with_states(events, before);
  rooms::RoomStatePtr current = tail.empty() ? *state : tail.back().state_after;
  feed->load(std::move(current), std::move(tail), tail_after, up_to);
  keep_in_budget(feed, last, events.size());
  co_return Result<void>();
}

runtime::Task<Result<std::vector<TailEntry>>> Hub::reach_back(RoomFeedPtr feed, StreamPosition after,
                                                              StreamPosition up_to) {
  auto loaded = co_await load(feed);
  if (!loaded) co_return std::move(loaded).error();
  if (auto entries = feed->events(after, up_to)) co_return *std::move(entries);
  auto lane = co_await loading_[std::hash<RoomId>{}(feed->room()) % loading_.size()].enter();
  if (!lane) co_return std::move(lane).error();
  if (auto entries = feed->events(after, up_to)) co_return *std::move(entries);

  const RoomFeed::Extent extent = feed->extent();
  RoomFeed::Newest newest = feed->newest(up_to, RoomFeed::kTailEventsMax);
  rooms::TimelineQuery query{
      .room = feed->room(),
      .after = {0},
      .up_to = extent.after,
      .direction = storage::Direction::Backward,
      .limit = RoomFeed::kTailEventsMax - std::min(extent.events, RoomFeed::kTailEventsMax),
      .filter = std::nullopt};
  if (query.limit == 0) co_return std::move(newest.entries);
  auto timeline = co_await rooms_.unchecked_timeline(std::move(query));
  if (!timeline) co_return std::move(timeline).error();
  std::vector<rooms::RoomEventPtr> events(timeline->events.rbegin(), timeline->events.rend());
  if (events.empty()) co_return std::move(newest.entries);
  const StreamPosition start{events.front()->position.value - 1};
  auto state = co_await rooms_.state_at(feed->room(), start);
  if (!state) co_return std::move(state).error();
  std::vector<TailEntry> entries = with_states(events, *state);
  feed->extend(entries, timeline->complete ? StreamPosition{0} : start, extent);
  keep_in_budget(feed, events.back()->position, events.size());
  entries.insert(entries.end(), newest.entries.begin(), newest.entries.end());
  const auto wanted =
      std::ranges::find_if(entries, [&](const TailEntry& entry) { return entry.event->position > after; });
  entries.erase(entries.begin(), wanted);
  co_return entries;
}

runtime::Task<Result<bool>> Hub::share_room(UserId reader, UserId other) {
  if (reader == other) co_return true;
  auto feed = co_await user(reader);
  if (!feed) co_return std::move(feed).error();
  std::vector<RoomId> unknown;
  for (const RoomFeedPtr& room : (*feed)->joined_rooms()) {
    rooms::RoomStatePtr state = room->current_state();
    if (!state) state = rooms_.cached_state(room->room());
    if (!state) unknown.push_back(room->room());
    if (state && state->membership(other) == matrix::Membership::Join) co_return true;
  }
  for (const RoomId& room : unknown) {
    auto state = co_await rooms_.current_state(room);
    if (!state) co_return std::move(state).error();
    if ((*state)->membership(other) == matrix::Membership::Join) co_return true;
  }
  co_return false;
}

}  // namespace kuramori::sync
