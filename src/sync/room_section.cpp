// One room in a response: joined, left, invited or knocked.
#include <algorithm>

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

void append_timeline(std::string& out, const RoomWindow& window, const EventReader& reader) {
  out.append("\"timeline\":{\"events\":");
  append_events(out, window.events, reader, window.membership);
  out.append(window.limited ? ",\"limited\":true" : ",\"limited\":false");
  out.append(",\"prev_batch\":\"").append(render_token(window.prev_batch)).append("\"}");
}

void append_state(std::string& out, const Context& context, const std::vector<rooms::RoomEventPtr>& state) {
  if (state.empty() && !context.request.use_state_after) return;
  out.append(context.request.use_state_after ? ",\"state_after\":{\"events\":" : ",\"state\":{\"events\":");
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

// Receipts and typing, as the inside of an array.
runtime::Task<Result<std::string>> ephemeral_events(Context& context, RoomFeedPtr feed, bool whole) {
  std::string out;
  const matrix::RoomEventFilter& filter = context.filter().ephemeral;
  if (!filter.matches_room(feed->room().view())) co_return out;
  const RoomFeed::Marks marks = feed->marks();
  const bool receipts_moved = marks.last_receipt > context.since || context.since < feed->created_at();
  if ((whole || receipts_moved) && filter.matches("m.receipt", "")) {
    const StreamPosition after = whole ? StreamPosition{0} : context.since;
    auto receipts = co_await context.ports.receipts.changes(context.permit, context.user(), feed->room(),
                                                            after, context.up_to);
    if (!receipts) co_return std::move(receipts).error();
    if (!receipts->empty()) append_basic_event(out, "m.receipt", render_receipts(*receipts));
  }
  if ((whole || marks.last_typing > context.since) && filter.matches("m.typing", "")) {
    const std::vector<UserId> typing = context.ports.typing.typing(feed->room());
    if (!whole || !typing.empty()) {
      std::string content = "{\"user_ids\":[";
      for (const UserId& user : typing) {
        separate(content);
        json::append_string(content, user.view());
      }
      content.append("]}");
      if (!out.empty()) out.push_back(',');
      append_basic_event(out, "m.typing", content);
    }
  }
  co_return out;
}

std::string room_account_data(const Context& context, const RoomId& room) {
  std::string out;
  const auto items = context.room_account_data.find(room);
  if (items == context.room_account_data.end()) return out;
  const matrix::RoomEventFilter& filter = context.filter().room_account_data;
  if (!filter.matches_room(room.view())) return out;
  for (const AccountDataItem& item : items->second) {
    if (!filter.matches(item.type, "")) continue;
    if (!out.empty()) out.push_back(',');
    append_basic_event(out, item.type, item.content);
  }
  return out;
}

// Whether the reader was in the room when the stream stood at `since`.
runtime::Task<Result<bool>> was_joined(Context& context, const RoomFeed& feed) {
  if (const rooms::RoomStatePtr state = feed.state_at(context.since)) {
    co_return state->membership(context.user()) == matrix::Membership::Join;
  }
  auto member = co_await context.ports.rooms.member_at(feed.room(), context.user(), context.since);
  if (!member) co_return std::move(member).error();
  if (!*member) co_return false;
  co_return json::string_or((*member)->event->content(), "membership", "") == "join";
}

runtime::Task<Result<void>> learn_last_event(Context& context, RoomFeedPtr feed) {
  if (feed->knows_last_event()) co_return Result<void>();
  auto last = co_await context.ports.rooms.last_event_position(feed->room());
  if (!last) co_return std::move(last).error();
  feed->learn_last_event(*last);
  co_return Result<void>();
}

}  // namespace

runtime::Task<Result<void>> append_joined_room(Context& context, UserRoomEntry entry, std::string& out) {
  const RoomFeedPtr feed = entry.feed;
  auto learned = co_await learn_last_event(context, feed);
  if (!learned) co_return std::move(learned).error();

  bool whole = context.is_initial() || context.request.full_state;
  bool joined_anew = false;
  if (!context.is_initial() && entry.position > context.since) {
    auto joined = co_await was_joined(context, *feed);
    if (!joined) co_return std::move(joined).error();
    joined_anew = !*joined;
    whole = whole || joined_anew;
  }
  const bool has_events = feed->marks().last_event > context.since;
  if (whole || has_events) {
    auto loaded = co_await context.ports.hub.load(feed);
    if (!loaded) co_return std::move(loaded).error();
  }
  auto ephemeral = co_await ephemeral_events(context, feed, whole);
  if (!ephemeral) co_return std::move(ephemeral).error();
  const std::string account_data = room_account_data(context, entry.room);
  if (!whole && !has_events && ephemeral->empty() && account_data.empty()) co_return Result<void>();

  RoomWindow window;
  window.prev_batch = context.since;
  window.membership = "join";
  std::vector<UserId> hero_ids;
  std::vector<rooms::RoomEventPtr> state;
  if (whole || has_events) {
    // With full_state the timeline is still limited by `since`.
    const bool from_start = context.is_initial() || joined_anew;
    auto read = co_await joined_window(context, feed, from_start);
    if (!read) co_return std::move(read).error();
    window = *std::move(read);
    if (window.members_changed || whole) hero_ids = heroes(*window.state_at_end, context.user());
    state = state_section(context, entry.room, window, whole, hero_ids);
  }
  const bool silent = window.events.empty() && !window.limited && state.empty();
  if (!whole && silent && ephemeral->empty() && account_data.empty()) co_return Result<void>();

  append_room_key(out, entry.room);
  append_timeline(out, window, context.reader);
  append_state(out, context, state);
  if (window.members_changed || whole) append_summary(out, *window.state_at_end, hero_ids);
  if (!ephemeral->empty()) out.append(",\"ephemeral\":{\"events\":[").append(*ephemeral).append("]}");
  if (!account_data.empty()) out.append(",\"account_data\":{\"events\":[").append(account_data).append("]}");
  auto unread = co_await unread_summary(context, feed, entry.unread);
  if (!unread) co_return std::move(unread).error();
  append_unread(out, context, *unread);
  out.push_back('}');
  co_return Result<void>();
}

runtime::Task<Result<void>> append_left_room(Context& context, UserRoomEntry entry, std::string& out) {
  auto before =
      co_await context.ports.rooms.member_at(entry.room, context.user(), {entry.position.value - 1});
  if (!before) co_return std::move(before).error();
  const bool had_joined = *before && json::string_or((*before)->event->content(), "membership", "") == "join";
  bool whole = context.is_initial() || context.request.full_state;
  if (!whole && had_joined) {
    auto joined = co_await was_joined(context, *entry.feed);
    if (!joined) co_return std::move(joined).error();
    whole = !*joined;
  }
  auto window = co_await left_window(context, entry.room, entry.position, whole);
  if (!window) co_return std::move(window).error();
  std::vector<rooms::RoomEventPtr> state;
  if (had_joined) {
    state = state_section(context, entry.room, *window, whole, {});
  } else {
    // Who was never in it sees the end of the invitation and nothing else.
    std::erase_if(window->events, [&](const rooms::RoomEventPtr& e) {
      return !e->event->is_state("m.room.member", context.user().view());
    });
    window->limited = false;
  }
  const std::string account_data = room_account_data(context, entry.room);
  append_room_key(out, entry.room);
  append_timeline(out, *window, context.reader);
  append_state(out, context, state);
  if (!account_data.empty()) out.append(",\"account_data\":{\"events\":[").append(account_data).append("]}");
  out.push_back('}');
  co_return Result<void>();
}

runtime::Task<Result<void>> append_stripped_room(Context& context, UserRoomEntry entry,
                                                 std::string_view section, std::string& out) {
  auto state = co_await context.ports.rooms.current_state(entry.room);
  if (!state) co_return std::move(state).error();
  append_room_key(out, entry.room);
  json::append_string(out, section);
  out.append(":{\"events\":[");
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
  out.append("]}}");
  co_return Result<void>();
}

}  // namespace kuramori::sync::detail
