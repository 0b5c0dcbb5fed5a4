// Which state events a room's section carries (client-server API, "Syncing", "Lazy-loading room members").
#include <algorithm>
#include <set>
#include <unordered_set>

#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

constexpr std::size_t kHeroes = 5;

bool wanted(const Context& context, const RoomId& room, const matrix::Event& event) {
  return context.filter().state.matches_room(room.view()) && context.filter().state.matches_event(event);
}

// The whole state; with lazy loading without the members, who are added as needed.
void add_whole(const Context& context, const RoomId& room, const rooms::RoomState& state,
               std::vector<rooms::RoomEventPtr>& out) {
  const bool lazy = context.filter().state.lazy_load_members;
  out.reserve(lazy ? 16 : state.size());
  state.for_each([&](const matrix::EventPtr& event) {
    if (lazy && event->type() == "m.room.member") return;
    if (wanted(context, room, *event)) out.push_back(context.ports.rooms.render(event, {}));
  });
}

// The last of each key in (since, end of timeline].
std::vector<rooms::RoomEventPtr> changes_to_end(const RoomWindow& window) {
  std::map<matrix::StateKey, rooms::RoomEventPtr> last;
  const auto take = [&](const rooms::RoomEventPtr& event) {
    if (!event->event->is_state()) return;
    rooms::RoomEventPtr& slot = last[{event->event->type(), *event->event->state_key()}];
    if (!slot || slot->position < event->position) slot = event;
  };
  for (const rooms::RoomEventPtr& event : window.state_changes) take(event);
  for (const rooms::RoomEventPtr& event : window.events) take(event);
  std::vector<rooms::RoomEventPtr> changes;
  for (auto& [key, event] : last) changes.push_back(std::move(event));
  return changes;
}

void add_lazy_members(Context& context, const RoomId& room, const RoomWindow& window, bool whole,
                      const std::vector<UserId>& hero_ids, std::vector<rooms::RoomEventPtr>& out) {
  const SessionId& session = context.request.session->id;
  if (whole) context.lazy_members.forget(session, room);
  std::set<UserId> needed(hero_ids.begin(), hero_ids.end());
  for (const rooms::RoomEventPtr& event : window.events) needed.insert(event->event->sender());
  if (whole) needed.insert(context.user());

  std::unordered_set<std::string> present;
  for (const rooms::RoomEventPtr& event : out) {
    if (event->event->type() != "m.room.member") continue;
    present.insert(*event->event->state_key());
    context.lazy_members.sent(session, room, UserId(*event->event->state_key()), context.up_to);
  }
  const rooms::RoomState& state =
      context.request.use_state_after ? *window.state_at_end : *window.state_at_start;
  for (const UserId& user : needed) {
    if (present.contains(user.str())) continue;
    const bool redundant = context.lazy_members.knows(session, room, user, context.since);
    if (redundant && !context.filter().state.include_redundant_members) continue;
    const matrix::EventPtr member = state.find("m.room.member", user.view());
    if (!member || !wanted(context, room, *member)) continue;
    out.push_back(context.ports.rooms.render(member, {}));
    context.lazy_members.sent(session, room, user, context.up_to);
  }
}

}  // namespace

std::vector<rooms::RoomEventPtr> state_section(Context& context, const RoomId& room, const RoomWindow& window,
                                               bool whole, const std::vector<UserId>& hero_ids) {
  std::vector<rooms::RoomEventPtr> events;
  if (whole) {
    add_whole(context, room, context.request.use_state_after ? *window.state_at_end : *window.state_at_start,
              events);
  } else {
    events = context.request.use_state_after ? changes_to_end(window) : window.state_changes;
    std::erase_if(events, [&](const rooms::RoomEventPtr& e) { return !wanted(context, room, *e->event); });
  }
  if (context.filter().state.lazy_load_members)
    add_lazy_members(context, room, window, whole, hero_ids, events);
  return events;
}

std::vector<UserId> heroes(const rooms::RoomState& state, const UserId& reader) {
  const matrix::EventPtr name = state.find("m.room.name", "");
  if (name && !json::string_or(name->content(), "name", "").empty()) return {};
  const matrix::EventPtr alias = state.find("m.room.canonical_alias", "");
  if (alias && !json::string_or(alias->content(), "alias", "").empty()) return {};

  struct Candidate {
    std::int64_t since;
    std::string user;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> present;
  std::vector<Candidate> gone;
  state.for_each([&](const matrix::EventPtr& event) {
    if (event->type() != "m.room.member" || *event->state_key() == reader.view()) return;
    const matrix::Membership membership =
        matrix::parse_membership(json::string_or(event->content(), "membership", ""));
    const bool here = membership == matrix::Membership::Join || membership == matrix::Membership::Invite;
    (here ? present : gone).push_back({event->origin_server_ts(), *event->state_key()});
  });
  std::vector<Candidate>& chosen = present.empty() ? gone : present;
  const std::size_t count = std::min(chosen.size(), kHeroes);
  std::partial_sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count), chosen.end());
  std::vector<UserId> users;
  for (std::size_t i = 0; i < count; ++i) users.emplace_back(chosen[i].user);
  return users;
}

}  // namespace kuramori::sync::detail
