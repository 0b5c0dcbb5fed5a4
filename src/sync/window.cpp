// The timeline of a room in a response: from the hub's tail where it reaches back far enough, from storage
// where not.
#include <algorithm>
#include <set>

#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

std::size_t timeline_limit(const matrix::Filter& filter) {
  const auto wanted = filter.timeline.limit;
  if (!wanted) return Engine::kTimelineLimit;
  return std::min(static_cast<std::size_t>(std::max<std::int64_t>(*wanted, 0)), Engine::kTimelineLimitMax);
}

bool shows(const matrix::Filter& filter, const RoomId& room, const matrix::Event& event) {
  return filter.timeline.matches_room(room.view()) && filter.timeline.matches_event(event);
}

bool is_member_event(const rooms::RoomEvent& event) {
  return event.event->is_state() && event.event->type() == "m.room.member";
}

matrix::StateKey key_of(const rooms::RoomEvent& event) {
  return {event.event->type(), *event.event->state_key()};
}

// The last of each (type, state_key) among the state events that the timeline leaves out; one that is
// followed in the timeline by another of its key only counts when it lies before the timeline.
std::vector<rooms::RoomEventPtr> left_out_state(const std::vector<TailEntry>& entries,
                                                const RoomWindow& window) {
  std::set<EventId> shown;
  std::set<matrix::StateKey> shown_keys;
  for (const rooms::RoomEventPtr& event : window.events) {
    shown.insert(event->event->id());
    if (event->event->is_state()) shown_keys.insert(key_of(*event));
  }
  std::map<matrix::StateKey, rooms::RoomEventPtr> last;
  for (const TailEntry& entry : entries) {
    if (!entry.event->event->is_state() || shown.contains(entry.event->event->id())) continue;
    const bool in_gap = entry.event->position <= window.prev_batch;
    if (in_gap || !shown_keys.contains(key_of(*entry.event))) last[key_of(*entry.event)] = entry.event;
  }
  std::vector<rooms::RoomEventPtr> changes;
  for (auto& [key, event] : last) changes.push_back(std::move(event));
  return changes;
}

RoomWindow window_of_tail(const Context& context, const RoomFeed& feed,
                          const std::vector<TailEntry>& entries) {
  const std::size_t limit = timeline_limit(context.filter());
  RoomWindow window;
  window.membership = "join";
  std::vector<std::size_t> chosen;
  for (std::size_t i = entries.size(); i-- > 0;) {
    if (!shows(context.filter(), feed.room(), *entries[i].event->event)) continue;
    if (chosen.size() == limit) {
      window.limited = true;
      break;
    }
    chosen.push_back(i);
  }
  std::ranges::reverse(chosen);
  const std::size_t start = window.limited && !chosen.empty() ? chosen.front() : 0;
  for (const std::size_t i : chosen) window.events.push_back(entries[i].event);
  window.prev_batch = context.since;
  if (!window.events.empty()) window.prev_batch = {window.events.front()->position.value - 1};
  if (window.limited && chosen.empty()) window.prev_batch = context.up_to;  // a limit of zero
  window.state_at_end = entries.empty() ? feed.current_state() : entries.back().state_after;
  window.state_at_start = entries.empty() ? window.state_at_end : entries[start].state_before;
  window.members_changed =
      std::ranges::any_of(entries, [](const TailEntry& e) { return is_member_event(*e.event); });
  const bool all_shown = chosen.size() == entries.size();
  if (!all_shown) window.state_changes = left_out_state(entries, window);
  return window;
}

// Everything in the tail's newest entries is visible to a reader who was in the room before the first and
// never left.
bool sees_all(const std::vector<TailEntry>& entries, const UserId& reader) {
  if (entries.empty()) return true;
  if (entries.front().state_before->membership(reader) != matrix::Membership::Join) return false;
  return std::ranges::all_of(entries, [&](const TailEntry& e) {
    return e.state_after->membership(reader) == matrix::Membership::Join;
  });
}

// From storage, with the visibility of each event judged there.
runtime::Task<Result<RoomWindow>> stored_window(Context& context, RoomId room, StreamPosition after,
                                                StreamPosition up_to, bool whole) {
  const std::size_t limit = timeline_limit(context.filter());
  RoomWindow window;
  rooms::TimelineQuery query{.room = room,
                             .after = after,
                             .up_to = up_to,
                             .direction = storage::Direction::Backward,
                             .limit = limit,
                             .filter = context.filter().timeline};
  const bool shown = context.filter().timeline.matches_room(room.view());
  if (shown && limit > 0) {
    auto timeline = co_await context.ports.rooms.timeline(context.permit, std::move(query));
    if (!timeline) co_return std::move(timeline).error();
    window.limited = !timeline->complete;
    window.events.assign(timeline->events.rbegin(), timeline->events.rend());
  }
  window.prev_batch =
      window.events.empty() ? up_to : StreamPosition{window.events.front()->position.value - 1};
  auto at_end = co_await context.ports.rooms.state_at(room, up_to);
  if (!at_end) co_return std::move(at_end).error();
  window.state_at_end = *at_end;
  auto at_start = co_await context.ports.rooms.state_at(room, window.prev_batch);
  if (!at_start) co_return std::move(at_start).error();
  window.state_at_start = *at_start;
  if (!whole) {
    auto changes = co_await context.ports.rooms.state_changes(room, after, window.prev_batch);
    if (!changes) co_return std::move(changes).error();
    window.state_changes = *std::move(changes);
  }
  window.members_changed =
      std::ranges::any_of(window.events, [](const auto& e) { return is_member_event(*e); }) ||
      std::ranges::any_of(window.state_changes, [](const auto& e) { return is_member_event(*e); });
  co_return window;
}

}  // namespace

runtime::Task<Result<RoomWindow>> joined_window(Context& context, RoomFeedPtr feed, bool whole) {
  if (!whole) {
    if (const auto entries = feed->events(context.since, context.up_to)) {
      RoomWindow window = window_of_tail(context, *feed, *entries);
      if (window.state_at_end) co_return window;
    }
    auto stored = co_await stored_window(context, feed->room(), context.since, context.up_to, false);
    co_return stored;
  }
  const std::size_t limit = timeline_limit(context.filter());
  RoomFeed::Newest newest = feed->newest(context.up_to, limit);
  const bool enough = newest.entries.size() == limit || newest.complete;
  const bool plain = context.filter().timeline.matches_everything() &&
                     !context.filter().timeline.contains_url &&
                     context.filter().timeline.matches_room(feed->room().view());
  if (enough && plain && limit > 0 && sees_all(newest.entries, context.user()) && !newest.entries.empty()) {
    RoomWindow window;
    window.membership = "join";
    for (const TailEntry& entry : newest.entries) window.events.push_back(entry.event);
    window.limited = !newest.complete;
    window.prev_batch = {window.events.front()->position.value - 1};
    window.state_at_start = newest.entries.front().state_before;
    window.state_at_end = newest.entries.back().state_after;
    window.members_changed = true;
    co_return window;
  }
  auto stored = co_await stored_window(context, feed->room(), {0}, context.up_to, true);
  if (stored) stored->members_changed = true;
  co_return stored;
}

runtime::Task<Result<RoomWindow>> left_window(Context& context, RoomId room, StreamPosition left_at,
                                              bool whole) {
  const StreamPosition after = whole ? StreamPosition{0} : context.since;
  auto stored = co_await stored_window(context, std::move(room), after, left_at, whole);
  co_return stored;
}

}  // namespace kuramori::sync::detail
