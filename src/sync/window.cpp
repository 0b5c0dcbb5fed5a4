// The timeline of a room in a response: from the hub's tail where it reaches back far enough, from storage
// where not.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

std::size_t timeline_limit(const matrix::Filter& filter) {
  const auto wanted = filter.timeline.limit;
  if (!wanted) return Engine::kTimelineLimit;
  return std::min(static_cast<std::size_t>(std::max<std::int64_t>(*wanted, 0)), Engine::kTimelineLimitMax);
}

// Every event of the room passes.
bool is_plain(const matrix::RoomEventFilter& filter, const RoomId& room) {
  return filter.matches_everything() && !filter.contains_url && filter.matches_room(room.view());
}

bool shows(const matrix::RoomEventFilter& filter, const RoomId& room, const matrix::Event& event) {
  return filter.matches_room(room.view()) && filter.matches_event(event);
}

matrix::StateKey key_of(const rooms::RoomEvent& event) {
  return {event.event->type(), *event.event->state_key()};
}

// What of the state the timeline itself tells.
struct Shown {
  std::unordered_set<EventId> events;
  std::set<matrix::StateKey> keys;

  explicit Shown(const std::vector<rooms::RoomEventPtr>& timeline) {
    for (const rooms::RoomEventPtr& event : timeline) {
      if (!event->event->is_state()) continue;
      events.insert(event->event->id());
      keys.insert(key_of(*event));
    }
  }
};

// Sorts state changes of the range, oldest first, into those before and after the start of the timeline.
void take_changes(const Context& context, const std::vector<rooms::RoomEventPtr>& changes,
                  RoomWindow& window) {
  const Shown shown(window.events);
  std::map<matrix::StateKey, rooms::RoomEventPtr> gap;
  std::map<matrix::StateKey, rooms::RoomEventPtr> hidden;
  for (const rooms::RoomEventPtr& change : changes) {
    if (change->position <= window.prev_batch) {
      gap[key_of(*change)] = change;
    } else if (shown.events.contains(change->event->id())) {
      hidden.erase(key_of(*change));
    } else if (context.request.use_state_after || !shown.keys.contains(key_of(*change))) {
      hidden[key_of(*change)] = change;
    }
  }
  for (auto& [key, event] : gap) window.gap_changes.push_back(std::move(event));
  for (auto& [key, event] : hidden) window.hidden_changes.push_back(std::move(event));
}

// Everything in these entries is visible to a reader who was in the room before the first and never left.
bool sees_all(const std::vector<TailEntry>& entries, const UserId& reader) {
  if (entries.empty()) return true;
  const rooms::RoomState* last = entries.front().state_before.get();
  if (last->membership(reader) != matrix::Membership::Join) return false;
  return std::ranges::all_of(entries, [&](const TailEntry& entry) {
    if (entry.state_after.get() == last) return true;
    last = entry.state_after.get();
    return last->membership(reader) == matrix::Membership::Join;
  });
}

RoomWindow window_of_tail(const Context& context, const RoomId& room, const std::vector<TailEntry>& entries,
                          StreamPosition after) {
  const matrix::RoomEventFilter& filter = context.filter().timeline;
  const std::size_t limit = timeline_limit(context.filter());
  RoomWindow window;
  std::size_t start = 0;
  for (std::size_t i = entries.size(); i-- > 0;) {
    if (!shows(filter, room, *entries[i].event->event) || context.hides(*entries[i].event->event)) continue;
    if (window.events.size() == limit) {
      window.limited = true;
      break;
    }
    window.events.push_back(entries[i].event);
    start = i;
  }
  std::ranges::reverse(window.events);
  window.prev_batch = after;
  if (!window.events.empty()) window.prev_batch = {window.events.front()->position.value - 1};
  if (window.events.empty() && window.limited) window.prev_batch = context.up_to;  // a limit of zero
  window.state_at_end = entries.back().state_after;
  window.state_at_start = window.events.empty() ? window.state_at_end : entries[start].state_before;
  std::vector<rooms::RoomEventPtr> changes;
  for (const TailEntry& entry : entries) {
    if (entry.event->event->is_state()) changes.push_back(entry.event);
  }
  if (!changes.empty()) take_changes(context, changes, window);
  return window;
}

RoomWindow empty_window(rooms::RoomStatePtr state, StreamPosition after) {
  RoomWindow window;
  window.prev_batch = after;
  window.state_at_start = state;
  window.state_at_end = std::move(state);
  return window;
}

// The newest events as the tail has them, when it has enough and the reader sees them all.
std::optional<RoomWindow> newest_window(const Context& context, const RoomFeed& feed, StreamPosition up_to) {
  const std::size_t limit = timeline_limit(context.filter());
  if (limit == 0 || !is_plain(context.filter().timeline, feed.room())) return std::nullopt;
  const RoomFeed::Newest newest = feed.newest(up_to, limit);
  const bool enough = newest.entries.size() == limit || newest.complete;
  if (!enough || newest.entries.empty() || !sees_all(newest.entries, context.user())) return std::nullopt;
  const auto is_hidden = [&](const TailEntry& entry) { return context.hides(*entry.event->event); };
  if (std::ranges::any_of(newest.entries, is_hidden)) return std::nullopt;
  RoomWindow window;
  for (const TailEntry& entry : newest.entries) window.events.push_back(entry.event);
  window.limited = !newest.complete;
  window.prev_batch = {window.events.front()->position.value - 1};
  window.state_at_start = newest.entries.front().state_before;
  window.state_at_end = newest.entries.back().state_after;
  return window;
}

runtime::Task<Result<void>> read_changes(Context& context, RoomId room, Range range, RoomWindow& window) {
  // Of a key that changed twice storage tells the last event alone, so both sides of the start are asked for.
  std::vector<rooms::RoomEventPtr> changes;
  if (!range.is_whole() && window.prev_batch > range.after) {
    auto gap = co_await context.ports.rooms.state_changes(room, range.after, window.prev_batch);
    if (!gap) co_return std::move(gap).error();
    changes = *std::move(gap);
  }
  // Also behind a filter that lets everything pass: the reader may have been away.
  if (range.up_to > window.prev_batch) {
    auto later = co_await context.ports.rooms.state_changes(room, window.prev_batch, range.up_to);
    if (!later) co_return std::move(later).error();
    changes.insert(changes.end(), later->begin(), later->end());
  }
  take_changes(context, changes, window);
  co_return Result<void>();
}

}  // namespace

runtime::Task<void> see_into(const Context& context, RoomId room) {
  const std::shared_ptr<const gate::Sight>& sight = context.permit.sight();
  if (sight == nullptr) co_return;
  auto preparing = sight->prepare(std::move(room));
  co_await std::move(preparing);
}

// With the visibility of each event judged by `rooms`.
runtime::Task<Result<RoomWindow>> stored_window(Context& context, RoomId room, Range range) {
  RoomWindow window;
  rooms::TimelineQuery query{.room = room,
                             .after = range.after,
                             .up_to = range.up_to,
                             .direction = storage::Direction::Backward,
                             .limit = timeline_limit(context.filter()),
                             .filter = context.filter().timeline};
  const bool shown = context.filter().timeline.matches_room(room.view());
  if (shown && query.limit == 0) window.limited = true;
  if (shown && query.limit > 0) {
    auto timeline = co_await context.ports.rooms.timeline(context.permit, std::move(query));
    if (!timeline) co_return std::move(timeline).error();
    window.limited = !timeline->complete;
    window.events.assign(timeline->events.rbegin(), timeline->events.rend());
  }
  window.prev_batch =
      window.events.empty() ? range.up_to : StreamPosition{window.events.front()->position.value - 1};
  auto at_end = co_await context.ports.rooms.state_at(room, range.up_to);
  if (!at_end) co_return std::move(at_end).error();
  window.state_at_end = *at_end;
  window.state_at_start = *at_end;
  if (window.prev_batch < range.up_to) {
    auto at_start = co_await context.ports.rooms.state_at(room, window.prev_batch);
    if (!at_start) co_return std::move(at_start).error();
    window.state_at_start = *at_start;
  }
  auto changes = co_await read_changes(context, room, range, window);
  if (!changes) co_return std::move(changes).error();
  co_return window;
}

runtime::Task<Result<RoomWindow>> joined_window(Context& context, RoomFeedPtr feed, Range range) {
  auto seeing = see_into(context, feed->room());
  co_await std::move(seeing);
  if (range.is_whole()) {
    if (auto window = newest_window(context, *feed, range.up_to)) co_return *std::move(window);
  } else if (const auto entries = feed->events(range.after, range.up_to)) {
    if (entries->empty()) {
      if (rooms::RoomStatePtr state = feed->state_at(range.up_to))
        co_return empty_window(std::move(state), range.after);
    } else if (sees_all(*entries, context.user())) {
      co_return window_of_tail(context, feed->room(), *entries, range.after);
    }
  }
  auto stored = co_await stored_window(context, feed->room(), range);
  co_return stored;
}

}  // namespace kuramori::sync::detail
