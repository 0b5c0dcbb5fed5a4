#include "sync/engine.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "sync/context.hpp"

namespace kuramori::sync {
namespace {

using detail::Context;

// The rooms of a response by what the reader is to them.
struct Sections {
  std::string join;
  std::string invite;
  std::string knock;
  std::string leave;
  bool empty() const { return join.empty() && invite.empty() && knock.empty() && leave.empty(); }
};

// The entry as it was when the stream stood at `up_to`.
UserRoomEntry as_of(UserRoomEntry entry, StreamPosition up_to) {
  if (entry.position > up_to) {
    entry.membership = entry.earlier_membership;
    entry.position = entry.earlier_position;
  }
  return entry;
}

runtime::Task<Result<void>> append_room(Context& context, UserRoomEntry entry, Sections& sections) {
  const bool is_new = context.is_initial() || entry.position > context.since;
  Result<void> done;
  switch (entry.membership) {
    case matrix::Membership::Join:
      done = co_await detail::append_joined_room(context, std::move(entry), sections.join);
      break;
    case matrix::Membership::Invite:
      if (is_new)
        done =
            co_await detail::append_stripped_room(context, std::move(entry), "invite_state", sections.invite);
      break;
    case matrix::Membership::Knock:
      if (is_new)
        done =
            co_await detail::append_stripped_room(context, std::move(entry), "knock_state", sections.knock);
      break;
    case matrix::Membership::Leave:
    case matrix::Membership::Ban: {
      const bool asked_for = context.is_initial() && context.filter().include_leave && !entry.forgotten;
      if (asked_for || (!context.is_initial() && is_new)) {
        done = co_await detail::append_left_room(context, std::move(entry), sections.leave);
      }
      break;
    }
    case matrix::Membership::None:
      break;
  }
  co_return done;
}

void append_section(std::string& out, std::string_view name, const std::string& rooms) {
  if (rooms.empty()) return;
  separate(out);
  out.append("\"").append(name).append("\":{").append(rooms).append("}");
}

// Global account data as the inside of an array; what belongs to rooms is put aside for them.
runtime::Task<Result<std::string>> account_data(Context& context) {
  std::string out;
  const StreamPosition after = context.is_initial() ? StreamPosition{0} : context.since;
  if (!context.is_initial() && context.feed->account_data_position() <= context.since) co_return out;
  auto items =
      co_await context.ports.account_data.changes(context.permit, context.user(), after, context.up_to);
  if (!items) co_return std::move(items).error();
  bool has_push_rules = false;
  for (AccountDataItem& item : *items) {
    if (!item.room.empty()) {
      context.room_account_data[item.room].push_back(std::move(item));
      continue;
    }
    has_push_rules = has_push_rules || item.type == "m.push_rules";
    if (!context.filter().account_data.matches(item.type, "")) continue;
    if (!out.empty()) out.push_back(',');
    append_basic_event(out, item.type, item.content);
  }
  // Clients expect the rules from the start, also those who never changed them.
  if (context.is_initial() && !has_push_rules && context.filter().account_data.matches("m.push_rules", "")) {
    if (!out.empty()) out.push_back(',');
    append_basic_event(out, "m.push_rules", json::serialize(context.push_rules->to_json()));
  }
  co_return out;
}

// Presence of those who share a room with the reader, as the inside of an array.
std::string presence(const Context& context, const std::vector<UserRoomEntry>& entries) {
  std::unordered_set<UserId> seen;
  std::string out;
  const auto append = [&](const UserId& user) {
    if (!context.filter().presence.matches("m.presence", user.view()) || !seen.insert(user).second) return;
    const auto info = context.ports.presence.known(user);
    if (!info || (context.is_initial() && info->state == PresenceState::Offline && !info->status_message))
      return;
    if (!out.empty()) out.push_back(',');
    out.append(render_presence(*info, context.reader.now_ms));
  };
  const auto shares_room = [&](const UserId& user) {
    return user == context.user() || std::ranges::any_of(entries, [&](const UserRoomEntry& entry) {
             if (entry.membership != matrix::Membership::Join) return false;
             const rooms::RoomStatePtr state = entry.feed->current_state();
             return state && state->membership(user) == matrix::Membership::Join;
           });
  };
  if (!context.is_initial()) {
    for (const UserId& user : context.ports.hub.presence_changes(context.since, context.up_to)) {
      if (shares_room(user)) append(user);
    }
    return out;
  }
  append(context.user());
  for (const UserRoomEntry& entry : entries) {
    if (entry.membership != matrix::Membership::Join) continue;
    if (const rooms::RoomStatePtr state = entry.feed->current_state()) state->for_each_joined(append);
  }
  return out;
}

runtime::Task<Result<SyncAnswer>> build(Context& context) {
  std::vector<UserRoomEntry> entries = context.feed->rooms();
  // After the rooms, so that no membership is missed that lies up to this position.
  context.up_to = std::max(context.ports.hub.position(), context.since);
  auto global = co_await account_data(context);
  if (!global) co_return std::move(global).error();

  Sections sections;
  for (UserRoomEntry& entry : entries) {
    entry = as_of(std::move(entry), context.up_to);
    if (!context.filter().includes_room(entry.room.view())) continue;
    auto done = co_await append_room(context, entry, sections);
    if (!done) co_return std::move(done).error();
  }
  const std::string present = presence(context, entries);

  SyncAnswer answer{.body = {}, .from = context.since, .to = context.up_to};
  answer.has_content = !sections.empty() || !global->empty() || !present.empty();
  std::string& out = answer.body;
  out.append("{\"next_batch\":\"").append(render_token(context.up_to)).append("\"");
  if (!global->empty()) out.append(",\"account_data\":{\"events\":[").append(*global).append("]}");
  if (!present.empty()) out.append(",\"presence\":{\"events\":[").append(present).append("]}");
  if (!sections.empty()) {
    std::string rooms = "{";
    append_section(rooms, "join", sections.join);
    append_section(rooms, "invite", sections.invite);
    append_section(rooms, "knock", sections.knock);
    append_section(rooms, "leave", sections.leave);
    out.append(",\"rooms\":").append(rooms).append("}");
  }
  out.push_back('}');
  co_return answer;
}

}  // namespace

Result<StreamPosition> parse_token(std::string_view token) {
  const auto number = token.starts_with('s') ? text::to_integer(token.substr(1)) : std::nullopt;
  if (!number || *number < 0) return invalid_argument("This is not a token that this server gave out.");
  return StreamPosition{*number};
}

runtime::Task<Result<SyncAnswer>> Engine::sync(const gate::Permit& permit, SyncRequest request) {
  const UserId& user = request.session->user;
  if (request.since && *request.since > ports_.hub.position()) {
    co_return invalid_argument("The token lies in the future of this server; start with an initial sync.");
  }
  ports_.presence.touch(user, request.set_presence);
  UserFeedPtr feed = ports_.hub.cached_user(user);
  if (!feed) {
    auto loaded = co_await ports_.hub.user(user);
    if (!loaded) co_return std::move(loaded).error();
    feed = *std::move(loaded);
  }
  const SteadyTime deadline = ports_.clock.steady_now() + std::min(request.timeout, kTimeoutMax);
  const bool at_once = !request.since || request.full_state || request.timeout.count() <= 0;

  std::unique_ptr<UserFeed::Waiter> waiter;
  std::optional<std::stop_callback<std::function<void()>>> on_disconnect;
  for (;;) {
    auto rules = ports_.push_rules.cached(user);
    if (!rules) {
      auto read = co_await ports_.push_rules.of(user);
      if (!read) co_return std::move(read).error();
      rules = *std::move(read);
    }
    {
      Context context{.ports = ports_,
                      .lazy_members = lazy_members_,
                      .permit = permit,
                      .request = request,
                      .feed = feed,
                      .push_rules = std::move(rules),
                      .since = request.since.value_or(StreamPosition{0}),
                      .up_to = {},
                      .reader = {user, request.session->device, ports_.clock.now_ms(), *request.filter},
                      .room_account_data = {}};
      auto answer = co_await build(context);
      if (!answer) co_return std::move(answer).error();
      const bool over = at_once || ports_.hub.is_draining() || request.disconnected.stop_requested() ||
                        ports_.clock.steady_now() >= deadline;
      if (answer->has_content || over) co_return answer;
    }
    if (!waiter) {
      // Registered before another look, so that nothing falls between the look and the wait.
      waiter = std::make_unique<UserFeed::Waiter>(feed);
      if (request.disconnected.stop_possible()) {
        on_disconnect.emplace(request.disconnected, [w = waiter.get()] { w->wakeup.notify(); });
      }
      continue;
    }
    co_await waiter->wakeup.wait_until(deadline);
    if (!ports_.sessions.is_live(request.session->id)) {
      co_return Error(ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "This session has ended.");
    }
  }
}

}  // namespace kuramori::sync
