// One room in a response: joined, left, invited or knocked.
#include <algorithm>

#include "matrix/relation.hpp"
#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

// The state that a stranger is shown with an invitation or a knock (client-server API, "Stripped state").
constexpr std::string_view kStrippedTypes[] = {
    "m.room.create",          "m.room.name",      "m.room.avatar", "m.room.topic", "m.room.join_rules",
    "m.room.canonical_alias", "m.room.encryption"};

void append_room_key(std::string& out, const RoomId& room) {
  separate(out);
  json::append_string(out, room.view());
  out.append(":{");
}

// Only as far as the reader's own member events are all in the timeline.
bool knows_membership(const Context& context, const RoomWindow& window) {
  return window.state_at_start &&
         std::ranges::none_of(window.hidden_changes, [&](const rooms::RoomEventPtr& event) {
           return event->event->is_state("m.room.member", context.user().view());
         });
}

// Whether something of a limited timeline has events that relate to it. They came later: in a timeline
// without gaps they are in it, too.
bool may_have_relations(const Context& context, const RoomWindow& window) {
  if (!window.limited || window.events.empty()) return false;
  const matrix::RoomEventFilter& filter = context.filter().timeline;
  if (!filter.matches_everything() || filter.contains_url) return true;
  return std::ranges::any_of(window.events, [](const rooms::RoomEventPtr& event) {
    const auto relation = matrix::relation_in(event->event->content());
    return relation && relation->type != "m.annotation";
  });
}

// What storage has to tell of `unsigned` of each event; nothing where memory knows all there is.
runtime::Task<Result<std::vector<std::string>>> stored_parts(Context& context, RoomId room,
                                                             const RoomWindow& window) {
  if (window.events.empty()) co_return std::vector<std::string>();
  if (knows_membership(context, window) && !may_have_relations(context, window)) {
    co_return std::vector<std::string>();
  }
  auto parts = co_await context.ports.rooms.personal_unsigned(context.permit, std::move(room), window.events);
  co_return parts;
}

// `unsigned.membership` of each event: the reader's at that moment, followed from the state at the start
// unless `parts` say it.
void append_timeline_events(std::string& out, const Context& context, const RoomWindow& window,
                            const std::vector<std::string>& parts) {
  auto membership = matrix::Membership::None;
  if (window.state_at_start) membership = window.state_at_start->membership(context.user());
  for (std::size_t i = 0; i < window.events.size(); ++i) {
    const rooms::RoomEvent& event = *window.events[i];
    if (!parts.empty()) {
      append_event(out, event, context.reader, {}, parts[i]);
      continue;
    }
    if (event.event->is_state("m.room.member", context.user().view()))
      membership = matrix::parse_membership(json::string_or(event.event->content(), "membership", ""));
    const bool is_stranger = membership == matrix::Membership::None;
    append_event(out, event, context.reader, is_stranger ? "leave" : matrix::to_string(membership));
  }
}

void append_timeline(std::string& out, const Context& context, const RoomWindow& window,
                     const std::vector<std::string>& parts) {
  out.append("\"timeline\":{\"events\":[");
  append_timeline_events(out, context, window, parts);
  out.append(window.limited ? "],\"limited\":true" : "],\"limited\":false");
  out.append(",\"prev_batch\":\"").append(render_token(window.prev_batch)).append("\"}");
}

void append_state(std::string& out, const Context& context, const std::vector<rooms::RoomEventPtr>& state) {
  // Sent when empty, too: common clients (matrix-nio among them) insist on it.
  std::string_view name = "state";
  if (context.request.use_state_after) name = "state_after";
  if (context.request.names_state_after_unstably) name = "org.matrix.msc4222.state_after";
  out.append(",\"").append(name).append("\":{\"events\":");
  append_events(out, state, context.reader, "");
  out.push_back('}');
}

void append_summary(std::string& out, const rooms::RoomState& state, const std::vector<UserId>& hero_ids) {
  out.append(",\"summary\":{");
  if (!hero_ids.empty()) {
    out.append("\"m.heroes\":[");
    for (const UserId& user : hero_ids) {
      separate(out);
      json::append_string(out, user.view());
    }
    out.append("],");
  }
  out.append("\"m.joined_member_count\":").append(std::to_string(state.joined_count()));
  out.append(",\"m.invited_member_count\":").append(std::to_string(state.invited_count())).append("}");
}

void append_unread(std::string& out, const Context& context, const UnreadSummary& unread) {
  const bool by_thread = context.filter().timeline.unread_thread_notifications;
  out.append(",\"unread_notifications\":");
  append_counts(out, by_thread ? unread.main : unread.total);
  if (!by_thread || unread.threads.empty()) return;
  out.append(",\"unread_thread_notifications\":{");
  for (const auto& [thread, counts] : unread.threads) {
    separate(out);
    json::append_string(out, thread);
    out.push_back(':');
    append_counts(out, counts);
  }
  out.push_back('}');
}

void append_array(std::string& out, std::string_view section, const std::string& events) {
  if (!events.empty())
    out.append(",\"").append(section).append("\":{\"events\":[").append(events).append("]}");
}

// MSC4354: what is sticky and not in the timeline, once for each reader; all of it for who comes anew.
std::vector<rooms::RoomEventPtr> sticky_beside(const Context& context, const RoomId& room,
                                               const RoomWindow& window, bool whole) {
  auto sticky = context.ports.rooms.sticky(room, whole ? StreamPosition{0} : context.since, context.up_to);
  std::erase_if(sticky, [&](const rooms::RoomEventPtr& event) {
    return context.hides(*event->event) ||
           std::ranges::any_of(window.events, [&](const rooms::RoomEventPtr& shown) {
             return shown->position == event->position;
           });
  });
  return sticky;
}

void append_sticky(std::string& out, const Context& context, const std::vector<rooms::RoomEventPtr>& sticky) {
  if (sticky.empty()) return;
  out.append(",\"msc4354_sticky\":{\"events\":");
  append_events(out, sticky, context.reader, "");
  out.push_back('}');
}

// What of a room passes by.
struct EphemeralEvents {
  std::string text;                // receipts and typing, as the inside of an array
  bool own_receipt_moved = false;  // whatever the filter shows
};

runtime::Task<Result<EphemeralEvents>> ephemeral_events(Context& context, RoomFeedPtr feed,
                                                        StreamPosition after) {
  EphemeralEvents found;
  const matrix::RoomEventFilter& filter = context.filter().ephemeral;
  const bool shows_room = filter.matches_room(feed->room().view());
  if (feed->last_receipt() > after || after < feed->created_at()) {
    auto receipts = co_await context.ports.receipts.changes(context.permit, context.user(), feed->room(),
                                                            after, context.up_to);
    if (!receipts) co_return std::move(receipts).error();
    found.own_receipt_moved = std::ranges::any_of(
        *receipts, [&](const Receipt& receipt) { return receipt.user == context.user(); });
    if (shows_room && filter.matches("m.receipt", "")) append_receipts(found.text, *receipts);
  }
  const bool whole = after.value == 0;
  if ((whole || feed->last_typing() > after) && shows_room && filter.matches("m.typing", "")) {
    const std::vector<UserId> typing = typing_in(context, *feed);
    if (!whole || !typing.empty()) append_typing(found.text, typing);
  }
  co_return found;
}

std::string render_account_data(const Context& context, const RoomId& room,
                                const std::vector<AccountDataItem>& items) {
  std::string out;
  const matrix::RoomEventFilter& filter = context.filter().room_account_data;
  if (!filter.matches_room(room.view())) return out;
  for (const AccountDataItem& item : items) {
    if (filter.matches(item.type, context.user().view())) append_basic_event(out, item.type, item.content);
  }
  return out;
}

std::string changed_account_data(const Context& context, const RoomId& room) {
  const auto items = context.room_account_data.find(room);
  if (items == context.room_account_data.end()) return {};
  return render_account_data(context, room, items->second);
}

runtime::Task<Result<void>> learn_last_event(Context& context, RoomFeedPtr feed) {
  auto last = co_await context.ports.rooms.last_event_position(feed->room());
  if (!last) co_return std::move(last).error();
  feed->learn_last_event(*last);
  co_return Result<void>();
}

bool names_room(const rooms::RoomEventPtr& event) {
  if (!event->event->is_state()) return false;
  const std::string& type = event->event->type();
  return type == "m.room.member" || type == "m.room.name" || type == "m.room.canonical_alias";
}

// Whether those who name the room, or their number, may have changed.
bool changes_summary(const RoomWindow& window) {
  return std::ranges::any_of(window.events, names_room) ||
         std::ranges::any_of(window.gap_changes, names_room) ||
         std::ranges::any_of(window.hidden_changes, names_room);
}

bool is_join(const rooms::RoomEventPtr& member) {
  return json::string_or(member->event->content(), "membership", "") == "join";
}

// How the reader of a joined room came to be in it.
struct Arrival {
  bool is_new = false;   // since the last sync; leaving and joining again counts
  StreamPosition after;  // where the earlier stay ended: what lies before was told then; 0: there was none
};

constexpr int kEarlierMembershipsMax = 64;

// Of the member event at `position`, which says join: back to what was before.
runtime::Task<Result<Arrival>> arrival(Context& context, RoomId room, StreamPosition position) {
  Arrival found;
  for (int i = 0; i < kEarlierMembershipsMax && !found.is_new; ++i) {
    auto earlier = co_await context.ports.rooms.member_at(room, context.user(), {position.value - 1});
    if (!earlier) co_return std::move(earlier).error();
    if (!*earlier) co_return Arrival{.is_new = true, .after = {}};
    position = (*earlier)->position;
    if (!is_join(*earlier))
      found = {.is_new = true, .after = position};
    else if (position <= context.since)
      co_return found;
  }
  // An invitation or a knock ended no stay.
  for (int i = 0; i < kEarlierMembershipsMax; ++i) {
    auto earlier = co_await context.ports.rooms.member_at(room, context.user(), {position.value - 1});
    if (!earlier) co_return std::move(earlier).error();
    if (!*earlier) co_return Arrival{.is_new = true, .after = {}};
    if (is_join(*earlier)) co_return found;
    position = (*earlier)->position;
  }
  co_return found;
}

// What a joined room has to tell, beyond its timeline.
struct JoinedRoom {
  Arrival arrival;
  bool has_events = false;
  EphemeralEvents ephemeral;
  std::string account_data;
  StreamPosition after;  // of the timeline; 0: from the beginning
};

runtime::Task<Result<JoinedRoom>> look_at(Context& context, const UserRoomEntry& entry) {
  JoinedRoom room;
  room.after = context.since;
  if (!entry.feed->knows_last_event()) {
    auto learned = co_await learn_last_event(context, entry.feed);
    if (!learned) co_return std::move(learned).error();
  }
  if (!context.is_initial() && entry.position > context.since) {
    auto arrived = co_await arrival(context, entry.room, entry.position);
    if (!arrived) co_return std::move(arrived).error();
    room.arrival = *arrived;
    if (arrived->is_new) room.after = arrived->after;
  }
  room.has_events = entry.feed->last_event() > context.since;
  const StreamPosition told = room.arrival.is_new ? StreamPosition{0} : context.since;
  auto ephemeral = co_await ephemeral_events(context, entry.feed, told);
  if (!ephemeral) co_return std::move(ephemeral).error();
  room.ephemeral = *std::move(ephemeral);
  room.account_data = changed_account_data(context, entry.room);
  if (room.arrival.is_new) {
    // Such as the tags that were set on the invitation.
    auto items = co_await context.ports.account_data.of_room(context.permit, context.user(), entry.room,
                                                             context.up_to);
    if (!items) co_return std::move(items).error();
    room.account_data = render_account_data(context, entry.room, *items);
  }
  co_return room;
}

}  // namespace

std::vector<UserId> typing_in(const Context& context, const RoomFeed& feed) {
  std::vector<UserId> users = context.ports.typing.typing(feed.room());
  if (const rooms::RoomStatePtr state = feed.current_state()) {
    std::erase_if(users,
                  [&](const UserId& user) { return state->membership(user) != matrix::Membership::Join; });
  }
  return users;
}

runtime::Task<Result<std::string>> timeline_events(Context& context, RoomId room, const RoomWindow& window) {
  auto parts = co_await stored_parts(context, std::move(room), window);
  if (!parts) co_return std::move(parts).error();
  std::string text;
  append_timeline_events(text, context, window, *parts);
  co_return text;
}

runtime::Task<Result<bool>> was_joined(Context& context, const RoomFeed& feed, StreamPosition position) {
  if (const rooms::RoomStatePtr state = feed.state_at(position)) {
    co_return state->membership(context.user()) == matrix::Membership::Join;
  }
  auto member = co_await context.ports.rooms.member_at(feed.room(), context.user(), position);
  if (!member) co_return std::move(member).error();
  if (!*member) co_return false;
  co_return json::string_or((*member)->event->content(), "membership", "") == "join";
}

runtime::Task<Result<void>> append_joined_room(Context& context, UserRoomEntry entry, std::string& out) {
  auto room = co_await look_at(context, entry);
  if (!room) co_return std::move(room).error();
  const bool whole = context.is_initial() || context.request.full_state || room->arrival.is_new;
  RoomWindow window;
  window.prev_batch = context.since;
  std::vector<UserId> hero_ids;
  std::vector<rooms::RoomEventPtr> state;
  bool with_summary = false;
  if (whole || room->has_events) {
    auto loaded = co_await context.ports.hub.load(entry.feed);
    if (!loaded) co_return std::move(loaded).error();
    // With full_state the timeline is still limited by `since`.
    const Range range{.after = room->after, .up_to = context.up_to};
    auto read = co_await joined_window(context, entry.feed, range);
    if (!read) co_return std::move(read).error();
    window = *std::move(read);
    if (room->arrival.after.value > 0) window.limited = true;
    with_summary = whole || changes_summary(window);
    if (with_summary) hero_ids = heroes(entry.feed.get(), window.state_at_end, context.user());
    state = state_section(context, entry.room, window, whole ? StateExtent::Whole : StateExtent::Changes,
                          hero_ids);
  }
  const std::vector<rooms::RoomEventPtr> sticky = sticky_beside(context, entry.room, window, whole);
  const bool is_silent = !whole && sticky.empty() && window.events.empty() && !window.limited && state.empty() &&
                         room->ephemeral.text.empty() && room->account_data.empty();
  if (is_silent && !room->has_events && !room->ephemeral.own_receipt_moved) co_return Result<void>();
  auto counted = co_await count_unread(context, entry.feed, entry.unread);
  if (!counted) co_return std::move(counted).error();
  if (is_silent && entry.unread->changed() <= context.since) co_return Result<void>();
  auto parts = co_await stored_parts(context, entry.room, window);
  if (!parts) co_return std::move(parts).error();

  append_room_key(out, entry.room);
  append_timeline(out, context, window, *parts);
  append_state(out, context, state);
  if (with_summary) append_summary(out, *window.state_at_end, hero_ids);
  append_sticky(out, context, sticky);
  append_array(out, "ephemeral", room->ephemeral.text);
  append_array(out, "account_data", room->account_data);
  append_unread(out, context, entry.unread->summary());
  out.push_back('}');
  co_return Result<void>();
}

namespace {

// Of a room that the reader never was in there is the end of the invitation or the knock to tell, and nothing
// else.
runtime::Task<Result<RoomWindow>> window_of_refusal(Context& context, const UserRoomEntry& entry) {
  RoomWindow window;
  window.prev_batch = {entry.position.value - 1};
  auto member = co_await context.ports.rooms.member_at(entry.room, context.user(), entry.position);
  if (!member) co_return std::move(member).error();
  const matrix::RoomEventFilter& filter = context.filter().timeline;
  const bool shown = filter.matches_room(entry.room.view()) && filter.limit != 0;
  if (*member && shown && filter.matches_event(*(*member)->event)) window.events.push_back(*member);
  co_return window;
}

}  // namespace

runtime::Task<Result<void>> append_left_room(Context& context, UserRoomEntry entry, std::string& out) {
  const StreamPosition just_before{entry.position.value - 1};
  auto had_joined = co_await was_joined(context, *entry.feed, just_before);
  if (!had_joined) co_return std::move(had_joined).error();
  bool whole = context.is_initial() || context.request.full_state;
  Range range{.after = context.since, .up_to = entry.position};
  if (!context.is_initial() && *had_joined) {
    auto joined = co_await was_joined(context, *entry.feed, context.since);
    if (!joined) co_return std::move(joined).error();
    if (!*joined) range.after = {};
    whole = whole || !*joined;
  }
  auto window = *had_joined ? co_await stored_window(context, entry.room, range)
                            : co_await window_of_refusal(context, entry);
  if (!window) co_return std::move(window).error();
  std::vector<rooms::RoomEventPtr> state;
  if (*had_joined)
    state =
        state_section(context, entry.room, *window, whole ? StateExtent::Whole : StateExtent::Changes, {});
  const std::string account_data = changed_account_data(context, entry.room);
  auto parts = co_await stored_parts(context, entry.room, *window);
  if (!parts) co_return std::move(parts).error();
  append_room_key(out, entry.room);
  append_timeline(out, context, *window, *parts);
  append_state(out, context, state);
  append_array(out, "account_data", account_data);
  out.push_back('}');
  co_return Result<void>();
}

namespace {

// modules ignore_users and invite_permission: what comes from ignored people, or while invitations are
// blocked, is not shown.
runtime::Task<Result<bool>> shows_invitation(Context& context, const rooms::RoomState& state) {
  const matrix::EventPtr own = state.find("m.room.member", context.user().view());
  if (!own || context.ports.choices == nullptr) co_return true;
  if (context.ignored != nullptr && context.ignored->contains(own->sender())) co_return false;
  using Invitation = rooms::PersonalChoices::Invitation;
  auto answer = co_await context.ports.choices->invitation(context.user(), own->sender());
  if (!answer) co_return std::move(answer).error();
  co_return *answer == Invitation::Accepted;
}

}  // namespace

runtime::Task<Result<std::optional<std::string>>> stripped_events(Context& context, UserRoomEntry entry) {
  auto state = co_await context.ports.rooms.current_state(entry.room);
  if (!state) co_return std::move(state).error();
  if (entry.membership == matrix::Membership::Invite) {
    auto shown = co_await shows_invitation(context, **state);
    if (!shown) co_return std::move(shown).error();
    if (!*shown) co_return std::optional<std::string>();
  }
  std::string out;
  const auto append = [&](const matrix::EventPtr& event) {
    if (!event) return;
    separate(out);
    json::serialize_to(out, matrix::stripped_form(*event));
  };
  for (const std::string_view type : kStrippedTypes) append((*state)->find(type, ""));
  const matrix::EventPtr own = (*state)->find("m.room.member", context.user().view());
  append(own);
  // Who invites is shown with name and picture.
  if (own && own->sender() != context.user()) append((*state)->find("m.room.member", own->sender().view()));
  co_return std::optional(std::move(out));
}

runtime::Task<Result<void>> append_stripped_room(Context& context, UserRoomEntry entry,
                                                 std::string_view section, std::string& out) {
  const RoomId room = entry.room;
  auto events = co_await stripped_events(context, std::move(entry));
  if (!events) co_return std::move(events).error();
  if (!*events) co_return Result<void>();
  append_room_key(out, room);
  json::append_string(out, section);
  out.append(":{\"events\":[").append(**events).append("]}}");
  co_return Result<void>();
}

}  // namespace kuramori::sync::detail
