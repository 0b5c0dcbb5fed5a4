// What a sliding sync tells of one room: all of it at first, later what changed since the client last heard
// of it, however long ago that was.
#include <algorithm>
#include <map>
#include <set>

#include "sync/sliding_look.hpp"

namespace kuramori::sync::detail {
namespace {

using runtime::Task;

constexpr std::string_view kMember = "m.room.member";
// Of members that are only told when something needs them. More are told anew.
constexpr std::size_t kSentMembersMax = 1000;

bool is_of(const rooms::RoomEventPtr& event, std::string_view type) {
  return event->event->is_state() && event->event->type() == type;
}

// The last event of each entry that changed in a window that does not begin with the room.
std::map<matrix::StateKey, rooms::RoomEventPtr> changed_entries(const RoomWindow& window) {
  std::map<matrix::StateKey, rooms::RoomEventPtr> last;
  for (const auto* events : {&window.gap_changes, &window.hidden_changes, &window.events}) {
    for (const rooms::RoomEventPtr& event : *events) {
      if (!event->event->is_state()) continue;
      rooms::RoomEventPtr& slot = last[{event->event->type(), *event->event->state_key()}];
      if (!slot || slot->position < event->position) slot = event;
    }
  }
  return last;
}

std::uint64_t hash_of(std::string_view member) {
  return std::hash<std::string_view>{}(member);
}

// Adds the members that the timeline needs and the client has not been told, in `known`.
void add_members(const rooms::RoomState& state, const RoomWindow& window, const rooms::RoomReader& rooms,
                 std::vector<std::uint64_t>& known, std::vector<rooms::RoomEventPtr>& out) {
  std::set<std::string> needed;
  for (const rooms::RoomEventPtr& event : window.events) {
    needed.insert(event->event->sender().str());
    if (is_of(event, kMember)) needed.insert(*event->event->state_key());
  }
  std::set<std::string_view> present;
  for (const rooms::RoomEventPtr& event : out) {
    if (is_of(event, kMember)) present.insert(*event->event->state_key());
  }
  std::vector<rooms::RoomEventPtr> added;
  for (const std::string& member : needed) {
    const std::uint64_t hash = hash_of(member);
    const auto place = std::ranges::lower_bound(known, hash);
    if (place != known.end() && *place == hash) continue;
    known.insert(place, hash);
    if (present.contains(member)) continue;
    if (const matrix::EventPtr event = state.find(kMember, member)) added.push_back(rooms.render(event, {}));
  }
  out.insert(out.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
}

void append_member_text(std::string& out, std::string_view name, const matrix::Event& event,
                        std::string_view key) {
  const std::string_view value = json::string_or(event.content(), key, "");
  if (value.empty()) return;
  separate(out);
  json::append_string(out, name);
  out.push_back(':');
  json::append_string(out, value);
}

void append_heroes(std::string& out, const std::vector<UserId>& users, const rooms::RoomState& state) {
  out.append(",\"heroes\":[");
  for (const UserId& user : users) {
    separate(out);
    out.append("{\"user_id\":");
    json::append_string(out, user.view());
    if (const matrix::EventPtr member = state.find(kMember, user.view())) {
      append_member_text(out, "displayname", *member, "displayname");
      append_member_text(out, "avatar_url", *member, "avatar_url");
    }
    out.push_back('}');
  }
  out.push_back(']');
}

// A text of the state that names the room; null when it was taken away.
void append_state_text(std::string& out, std::string_view name, const matrix::EventPtr& event,
                       std::string_view key) {
  const std::string_view value = event ? json::string_or(event->content(), key, "") : std::string_view();
  out.append(",\"").append(name).append("\":");
  if (value.empty())
    out.append("null");
  else
    json::append_string(out, value);
}

bool has_text(const matrix::EventPtr& event, std::string_view key) {
  return event && !json::string_or(event->content(), key, "").empty();
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
  out.append(",\"").append(name).append("\":").append(std::to_string(number));
}

}  // namespace

void SlidingLook::limit_timeline(std::size_t limit) {
  std::shared_ptr<const matrix::Filter>& filter = filters_[limit];
  if (!filter) {
    matrix::Filter made;
    made.timeline.limit = static_cast<std::int64_t>(limit);
    filter = std::make_shared<const matrix::Filter>(std::move(made));
  }
  shared_request_.filter = filter;
}

Task<Result<void>> SlidingLook::tell(const Shown& room) {
  Result<void> done;
  if (room.is_joined())
    done = co_await tell_joined(room);
  else
    done = co_await tell_stripped(room);
  co_return done;
}

// Whether the reader left since the client last heard of the room, and is in it again.
Task<Result<bool>> SlidingLook::came_back(const UserRoomEntry& entry, const RoomSent& before) {
  if (entry.position <= before.up_to) co_return false;
  auto joined = co_await was_joined(context_, *entry.feed, {entry.position.value - 1});
  if (!joined) co_return std::move(joined).error();
  co_return !*joined;
}

Task<Result<void>> SlidingLook::read_window(const Shown& room, const RoomSent* before, Telling& telling) {
  limit_timeline(room.timeline_limit);
  auto loaded = co_await context_.ports.hub.load(room.entry->feed);
  if (!loaded) co_return std::move(loaded).error();
  const Range whole{.after = {}, .up_to = context_.up_to};
  const Range news{.after = telling.initial ? StreamPosition{} : before->up_to, .up_to = context_.up_to};
  auto window = co_await joined_window(context_, room.entry->feed, news);
  if (!window) co_return std::move(window).error();
  telling.window = *std::move(window);
  if (!telling.expanded) co_return Result<void>();
  // What changed of the state stays; the timeline is that of a room shown for the first time.
  auto newest = co_await joined_window(context_, room.entry->feed, whole);
  if (!newest) co_return std::move(newest).error();
  newest->gap_changes = std::move(telling.window.gap_changes);
  newest->hidden_changes = std::move(telling.window.hidden_changes);
  for (const rooms::RoomEventPtr& event : telling.window.events) newest->hidden_changes.push_back(event);
  telling.window = *std::move(newest);
  co_return Result<void>();
}

void SlidingLook::choose_state(const Shown& room, const RoomSent* before, Telling& telling, RoomSent& told) {
  const RequiredState& required = *room.required;
  const rooms::RoomState& state = *telling.window.state_at_end;
  const rooms::RoomReader& rooms = context_.ports.rooms;
  std::vector<std::uint64_t> known;
  if (telling.initial) {
    telling.names_changed = true;
    required.for_each(
        state, [&](const matrix::EventPtr& event) { telling.state.push_back(rooms.render(event, {})); });
  } else {
    // After a gap a client forgets the members it was told (MSC4186, "Lazy loaded memberships").
    if (!telling.window.limited && before->members) known = *before->members;
    auto changed = changed_entries(telling.window);
    for (auto& [key, event] : changed) {
      // What lies before was told; with an expanded timeline it may come again.
      if (event->position <= before->up_to) continue;
      telling.name_changed = telling.name_changed || key.first == "m.room.name";
      telling.avatar_changed = telling.avatar_changed || key.first == "m.room.avatar";
      telling.names_changed = telling.names_changed || key.first == kMember || key.first == "m.room.name" ||
                              key.first == "m.room.canonical_alias";
      const bool lazily = required.is_lazy() && key.first == kMember && !telling.window.limited;
      if (lazily || required.matches(key.first, key.second)) telling.state.push_back(event);
    }
    if (required.fingerprint() != before->required->fingerprint()) {
      required.for_each(state, [&](const matrix::EventPtr& event) {
        const matrix::StateKey key(event->type(), *event->state_key());
        const auto newer = changed.find(key);
        const bool is_told = newer != changed.end() && newer->second->position > before->up_to;
        if (!is_told && !before->required->matches(key.first, key.second))
          telling.state.push_back(rooms.render(event, {}));
      });
    }
  }
  if (!required.is_lazy()) return;
  add_members(state, telling.window, rooms, known, telling.state);
  if (known.size() > kSentMembersMax) known.clear();
  told.members =
      known.empty() ? nullptr : std::make_shared<const std::vector<std::uint64_t>>(std::move(known));
}

Task<Result<void>> SlidingLook::tell_joined(const Shown& room) {
  const UserRoomEntry& entry = *room.entry;
  const RoomSent* before = sent(entry.feed);
  Telling telling;
  telling.initial = before == nullptr || before->membership != matrix::Membership::Join;
  if (!telling.initial) {
    auto again = co_await came_back(entry, *before);
    if (!again) co_return std::move(again).error();
    telling.initial = *again;
  }
  const bool is_dm = is_direct(entry.room);
  const bool has_events = telling.initial || entry.feed->last_event() > before->up_to;
  telling.expanded = !telling.initial && room.timeline_limit > before->timeline_limit;
  const bool asks_otherwise =
      telling.initial || room.required->fingerprint() != before->required->fingerprint();
  const bool may_have_counts = has_events || entry.feed->last_receipt() > before->counted;
  const bool changed_kind = !telling.initial && is_dm != before->is_dm;
  if (!has_events && !telling.expanded && !asks_otherwise && !may_have_counts && !changed_kind)
    co_return Result<void>();

  RoomSent& told_now = next(entry.feed);
  if (telling.initial) told_now = RoomSent();
  if (has_events || telling.expanded || asks_otherwise) {
    auto read = co_await read_window(room, before, telling);
    if (!read) co_return std::move(read).error();
    choose_state(room, before, telling, told_now);
  }
  auto counted = co_await count_unread(context_, entry.feed, entry.unread);
  if (!counted) co_return std::move(counted).error();
  const UnreadCounts counts = entry.unread->summary().total;

  telling.live_after = before != nullptr ? before->up_to : told().number == 0 ? context_.up_to : told().up_to;
  told_now.up_to = context_.up_to;
  told_now.counted = context_.up_to;
  told_now.required = room.required;
  // After a gap the client has no more than it was sent now.
  const bool gap = telling.window.limited && !telling.expanded;
  told_now.timeline_limit = static_cast<std::uint32_t>(
      gap ? room.timeline_limit : std::max<std::size_t>(room.timeline_limit, told_now.timeline_limit));
  told_now.notifications = static_cast<std::uint32_t>(counts.notifications);
  told_now.highlights = static_cast<std::uint32_t>(counts.highlights);
  told_now.membership = matrix::Membership::Join;
  told_now.is_dm = is_dm;
  const bool counts_differ = !telling.initial && (before->notifications != told_now.notifications ||
                                                  before->highlights != told_now.highlights);
  const bool is_silent = !telling.initial && !telling.expanded && !changed_kind && !counts_differ &&
                         telling.window.events.empty() && !telling.window.limited && telling.state.empty() &&
                         !telling.names_changed && !telling.avatar_changed;
  if (is_silent) co_return Result<void>();
  std::string timeline;
  if (!telling.window.events.empty()) {
    auto text = co_await timeline_events(context_, entry.room, telling.window);
    if (!text) co_return std::move(text).error();
    timeline = *std::move(text);
  }
  append_joined(room, told_now, telling, timeline);
  if (request_.extensions.sticky.enabled()) {
    for (const rooms::RoomEventPtr& event : telling.window.events) {
      if (event->sticky_ends_ms > 0) shown_sticky_.insert(event->position.value);
    }
  }
  if (telling.initial || telling.expanded) first_timelines_[entry.feed] = std::move(telling.window.events);
  co_return Result<void>();
}

void SlidingLook::append_common(const UserRoomEntry& entry, const Lists* lists, std::string& out) {
  out.append("\"membership\":\"").append(matrix::to_string(entry.membership)).append("\"");
  append_number(out, "bump_stamp", bump_of(entry).value);
  if (lists == nullptr || lists->none()) return;
  out.append(",\"lists\":[");
  for (std::size_t i = 0; i < list_names_.size(); ++i) {
    if (!lists->test(i)) continue;
    separate(out);
    json::append_string(out, *list_names_[i]);
  }
  out.push_back(']');
}

void SlidingLook::append_timeline_parts(const Telling& telling, const std::string& timeline,
                                        std::string& out) {
  const bool is_final = request_.form == SlidingForm::Final;
  if (!telling.state.empty() || telling.initial) {
    out.append(",\"required_state\":");
    append_events(out, telling.state, context_.reader, "");
  }
  const RoomWindow& window = telling.window;
  if (!timeline.empty() || telling.initial) {
    out.append(is_final ? ",\"timeline_events\":[" : ",\"timeline\":[").append(timeline).append("]");
    const auto live = std::ranges::count_if(window.events, [&](const rooms::RoomEventPtr& event) {
      return event->position > telling.live_after;
    });
    append_number(out, "num_live", live);
  }
  if (!window.events.empty()) told_from_ = std::min(told_from_, window.prev_batch);
  if (window.limited) out.append(",\"limited\":true");
  if (!window.events.empty() || window.limited)
    out.append(",\"prev_batch\":\"").append(render_token(window.prev_batch)).append("\"");
}

void SlidingLook::append_joined(const Shown& room, const RoomSent& told_now, const Telling& telling,
                                const std::string& timeline) {
  std::string& out = rooms_text_;
  separate(out);
  json::append_string(out, room.entry->room.view());
  out.append(":{");
  append_common(*room.entry, &room.lists, out);
  if (telling.initial) out.append(",\"initial\":true");
  if (telling.expanded) {
    out.append(request_.form == SlidingForm::Final ? ",\"expanded_timeline\":true"
                                                   : ",\"unstable_expanded_timeline\":true");
  }
  const RoomSent* before = sent(room.entry->feed);
  if (told_now.is_dm || (before != nullptr && before->is_dm))
    out.append(told_now.is_dm ? ",\"is_dm\":true" : ",\"is_dm\":false");
  if (const rooms::RoomStatePtr& state = telling.window.state_at_end) {
    const matrix::EventPtr name = state->find("m.room.name", "");
    const matrix::EventPtr avatar = state->find("m.room.avatar", "");
    if (telling.name_changed || (telling.initial && has_text(name, "name")))
      append_state_text(out, "name", name, "name");
    if (telling.avatar_changed || (telling.initial && has_text(avatar, "url")))
      append_state_text(out, "avatar", avatar, "url");
    if (telling.names_changed) {
      const std::vector<UserId> users = heroes(room.entry->feed.get(), state, context_.user());
      if (!users.empty()) append_heroes(out, users, *state);
      append_number(out, "joined_count", static_cast<std::int64_t>(state->joined_count()));
      append_number(out, "invited_count", static_cast<std::int64_t>(state->invited_count()));
    }
  }
  append_timeline_parts(telling, timeline, out);
  append_number(out, "notification_count", told_now.notifications);
  append_number(out, "highlight_count", told_now.highlights);
  out.push_back('}');
}

// An invitation or a knock.
Task<Result<void>> SlidingLook::tell_stripped(const Shown& room) {
  const UserRoomEntry& entry = *room.entry;
  const RoomSent* before = sent(entry.feed);
  if (before != nullptr && before->membership == entry.membership && entry.position <= before->up_to)
    co_return Result<void>();
  auto events = co_await stripped_events(context_, entry);
  if (!events) co_return std::move(events).error();
  if (!*events) co_return Result<void>();
  RoomSent& told_now = next(entry.feed);
  told_now = RoomSent();
  told_now.up_to = context_.up_to;
  told_now.membership = entry.membership;
  told_now.required = room.required;
  told_now.timeline_limit = static_cast<std::uint32_t>(room.timeline_limit);
  told_now.is_dm = is_direct(entry.room);
  std::string& out = rooms_text_;
  separate(out);
  json::append_string(out, entry.room.view());
  out.append(":{");
  append_common(entry, &room.lists, out);
  out.append(",\"initial\":true");
  if (told_now.is_dm) out.append(",\"is_dm\":true");
  out.append(request_.form == SlidingForm::Final ? ",\"stripped_state\":[" : ",\"invite_state\":[");
  out.append(**events).append("]}");
  co_return Result<void>();
}

// Once: the client knows the room, and the reader is in it no more.
Task<Result<void>> SlidingLook::tell_left(const UserRoomEntry& entry, const RoomSent& before) {
  delta_.gone.push_back(entry.feed);
  const StreamPosition just_before{entry.position.value - 1};
  auto had_joined = co_await was_joined(context_, *entry.feed, just_before);
  if (!had_joined) co_return std::move(had_joined).error();
  Telling telling;
  telling.live_after = before.up_to;
  limit_timeline(before.timeline_limit);
  if (*had_joined) {
    const bool knew_joined = before.membership == matrix::Membership::Join;
    const Range range{.after = knew_joined ? before.up_to : StreamPosition{}, .up_to = entry.position};
    auto window = co_await stored_window(context_, entry.room, range);
    if (!window) co_return std::move(window).error();
    telling.window = *std::move(window);
    for (auto& [key, event] : changed_entries(telling.window)) {
      const bool own = key.first == kMember && key.second == context_.user().view();
      if (own || before.required->matches(key.first, key.second)) telling.state.push_back(event);
    }
  } else {
    // Of a room that the reader never was in there is the end of the invitation or the knock to tell.
    auto member = co_await context_.ports.rooms.member_at(entry.room, context_.user(), entry.position);
    if (!member) co_return std::move(member).error();
    telling.window.prev_batch = just_before;
    if (*member) {
      telling.window.events.push_back(*member);
      telling.state.push_back(*member);
    }
  }
  auto timeline = co_await timeline_events(context_, entry.room, telling.window);
  if (!timeline) co_return std::move(timeline).error();
  std::string& out = rooms_text_;
  separate(out);
  json::append_string(out, entry.room.view());
  out.append(":{");
  append_common(entry, nullptr, out);
  append_timeline_parts(telling, *timeline, out);
  out.push_back('}');
  co_return Result<void>();
}

}  // namespace kuramori::sync::detail
