// The body of a response: personal data, presence and the rooms in their sections.
#include <algorithm>
#include <unordered_set>

#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

using runtime::Task;

// The rooms of a response by what the reader is to them.
struct Sections {
  std::string join;
  std::string invite;
  std::string knock;
  std::string leave;
  bool empty() const { return join.empty() && invite.empty() && knock.empty() && leave.empty(); }
};

Task<Result<void>> append_room(Context& context, UserRoomEntry entry, Sections& sections) {
  const bool is_new = context.is_initial() || entry.position > context.since;
  Result<void> done;
  switch (entry.membership) {
    case matrix::Membership::Join:
      done = co_await append_joined_room(context, std::move(entry), sections.join);
      break;
    case matrix::Membership::Invite:
      if (is_new)
        done = co_await append_stripped_room(context, std::move(entry), "invite_state", sections.invite);
      break;
    case matrix::Membership::Knock:
      if (is_new)
        done = co_await append_stripped_room(context, std::move(entry), "knock_state", sections.knock);
      break;
    case matrix::Membership::Leave:
    case matrix::Membership::Ban: {
      const bool asked_for = context.is_initial() && context.filter().include_leave && !entry.forgotten;
      if (asked_for || (!context.is_initial() && is_new))
        done = co_await append_left_room(context, std::move(entry), sections.leave);
      break;
    }
    case matrix::Membership::None:
      break;
  }
  co_return done;
}

Task<Result<std::string>> push_rules(Context& context) {
  auto rules = co_await context.ports.push_rules.of(context.user());
  if (!rules) co_return std::move(rules).error();
  co_return json::serialize((*rules)->to_json());
}

// Global account data as the inside of an array; what belongs to rooms is put aside for them.
Task<Result<std::string>> account_data(Context& context) {
  std::string out;
  if (!context.is_initial() && context.feed.account_data_position() <= context.since) co_return out;
  auto items = co_await context.ports.account_data.changes(context.permit, context.user(), context.since,
                                                           context.up_to);
  if (!items) co_return std::move(items).error();
  // Clients expect the rules from the start, also those who never changed them.
  bool with_push_rules = context.is_initial();
  const matrix::EventFilter& filter = context.filter().account_data;
  for (AccountDataItem& item : *items) {
    if (!item.room.empty()) {
      context.room_account_data[item.room].push_back(std::move(item));
    } else if (item.type == "m.push_rules") {
      with_push_rules = true;
    } else if (filter.matches(item.type, context.user().view())) {
      append_basic_event(out, item.type, item.content);
    }
  }
  if (with_push_rules && filter.matches("m.push_rules", context.user().view())) {
    auto rules = co_await push_rules(context);
    if (!rules) co_return std::move(rules).error();
    append_basic_event(out, "m.push_rules", *rules);
  }
  co_return out;
}

void append_presence(const Context& context, const UserId& user, std::string& out) {
  if (!context.filter().presence.matches("m.presence", user.view())) return;
  const auto info = context.ports.presence.known(user);
  if (!info || (context.is_initial() && info->state == PresenceState::Offline && !info->status_message))
    return;
  separate(out);
  out.append(render_presence(*info, context.reader.now_ms));
}

// Presence of those who share a room with the reader, as the inside of an array.
Task<Result<std::string>> presence(Context& context) {
  std::string out;
  std::unordered_set<UserId> users;
  if (context.is_initial()) {
    users.insert(context.user());
    for (const RoomFeedPtr& room : context.feed.joined_rooms()) {
      const rooms::RoomStatePtr state = room->current_state();
      if (state) state->for_each_joined([&](const UserId& user) { users.insert(user); });
    }
    for (const UserId& user : users) append_presence(context, user, out);
    co_return out;
  }
  for (const UserId& user : context.ports.hub.presence_changes(context.since, context.up_to)) {
    if (!users.insert(user).second) continue;
    auto shares = co_await context.ports.hub.share_room(context.user(), user);
    if (!shares) co_return std::move(shares).error();
    if (*shares) append_presence(context, user, out);
  }
  co_return out;
}

void append_section(std::string& out, std::string_view name, const std::string& rooms) {
  if (rooms.empty()) return;
  separate(out);
  out.append("\"").append(name).append("\":{").append(rooms).append("}");
}

void append_rooms(std::string& out, const Sections& sections) {
  if (sections.empty()) return;
  out.append(",\"rooms\":{");
  append_section(out, "join", sections.join);
  append_section(out, "invite", sections.invite);
  append_section(out, "knock", sections.knock);
  append_section(out, "leave", sections.leave);
  out.push_back('}');
}

void append_events_of(std::string& out, std::string_view section, const std::string& events) {
  if (!events.empty())
    out.append(",\"").append(section).append("\":{\"events\":[").append(events).append("]}");
}

}  // namespace

Task<Result<SyncAnswer>> build(Context& context, std::vector<UserRoomEntry> rooms) {
  auto global = co_await account_data(context);
  if (!global) co_return std::move(global).error();
  // Rooms that have nothing new but the reader's data for them.
  for (const auto& [room, items] : context.room_account_data) {
    if (std::ranges::find(rooms, room, &UserRoomEntry::room) != rooms.end()) continue;
    auto entry = context.feed.room(room);
    if (entry && entry->is_joined()) rooms.push_back(*std::move(entry));
  }
  Sections sections;
  for (UserRoomEntry& entry : rooms) {
    if (!context.filter().includes_room(entry.room.view())) continue;
    auto done = co_await append_room(context, std::move(entry), sections);
    if (!done) co_return std::move(done).error();
  }
  std::string present;
  if (context.ports.presence.is_on()) {
    auto found = co_await presence(context);
    if (!found) co_return std::move(found).error();
    present = *std::move(found);
  }

  auto encryption = co_await encryption_section(context);
  if (!encryption) co_return std::move(encryption).error();

  SyncAnswer answer{.body = {}, .from = context.since, .to = context.up_to};
  answer.to_device = encryption->messages.reached;
  answer.has_content =
      !sections.empty() || !global->empty() || !present.empty() || encryption->has_content();
  std::string& out = answer.body;
  out.reserve(256 + encryption->messages.events.size() + sections.join.size() + sections.leave.size() + sections.invite.size() +
              sections.knock.size() + global->size() + present.size());
  out.append("{\"next_batch\":\"").append(render_token({answer.to, answer.to_device})).append("\"");
  append_encryption(out, *encryption);
  append_events_of(out, "account_data", *global);
  append_events_of(out, "presence", present);
  append_rooms(out, sections);
  out.push_back('}');
  co_return answer;
}

}  // namespace kuramori::sync::detail
