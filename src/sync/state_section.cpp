// Which state events a room's section carries (client-server API, "Syncing", "Lazy-loading room members").
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

constexpr std::size_t kHeroes = 5;
constexpr std::string_view kMember = "m.room.member";

bool wanted(const Context& context, const RoomId& room, const matrix::Event& event) {
  return context.filter().state.matches_room(room.view()) && context.filter().state.matches_event(event);
}

matrix::StateKey key_of(const matrix::Event& event) {
  return {event.type(), *event.state_key()};
}

using LastOfKey = std::map<matrix::StateKey, rooms::RoomEventPtr>;

void take(LastOfKey& last, const std::vector<rooms::RoomEventPtr>& events) {
  for (const rooms::RoomEventPtr& event : events) {
    if (!event->event->is_state()) continue;
    rooms::RoomEventPtr& slot = last[key_of(*event->event)];
    if (!slot || slot->position < event->position) slot = event;
  }
}

// The whole state; with lazy loading without the members, who are added as needed. What the filter keeps out
// of the timeline would otherwise be nowhere.
std::vector<rooms::RoomEventPtr> whole_state(const Context& context, const RoomId& room,
                                             const RoomWindow& window) {
  const bool at_end = context.request.use_state_after;
  const rooms::RoomState& state = at_end ? *window.state_at_end : *window.state_at_start;
  const bool lazy = context.filter().state.lazy_load_members;
  LastOfKey hidden;
  if (!at_end) take(hidden, window.hidden_changes);
  std::vector<rooms::RoomEventPtr> events;
  events.reserve(lazy ? 16 : state.size());
  state.for_each([&](const matrix::EventPtr& event) {
    if (lazy && event->type() == kMember) return;
    if (!hidden.empty() && hidden.contains(key_of(*event))) return;
    if (wanted(context, room, *event)) events.push_back(context.ports.rooms.render(event, {}));
  });
  for (const auto& [key, event] : hidden) {
    if (wanted(context, room, *event->event)) events.push_back(event);
  }
  return events;
}

std::vector<rooms::RoomEventPtr> changed_state(const Context& context, const RoomId& room,
                                               const RoomWindow& window) {
  LastOfKey last;
  take(last, window.gap_changes);
  take(last, window.hidden_changes);
  if (context.request.use_state_after) take(last, window.events);
  std::vector<rooms::RoomEventPtr> events;
  for (auto& [key, event] : last) {
    if (wanted(context, room, *event->event)) events.push_back(std::move(event));
  }
  return events;
}

// Whom a client needs to show this response: the senders and the heroes, and its own user with whole state.
std::set<UserId> needed_members(const Context& context, const RoomWindow& window, StateExtent extent,
                                const std::vector<UserId>& heroes) {
  std::set<UserId> needed(heroes.begin(), heroes.end());
  for (const rooms::RoomEventPtr& event : window.events) needed.insert(event->event->sender());
  if (extent == StateExtent::Whole) needed.insert(context.user());
  return needed;
}

void add_lazy_members(Context& context, const RoomId& room, const RoomWindow& window, StateExtent extent,
                      const std::vector<UserId>& heroes, std::vector<rooms::RoomEventPtr>& out) {
  const LazyMembers::Place place{.session = context.request.session->id, .room = room};
  LazyMembers& known = context.lazy_members;
  if (extent == StateExtent::Whole) known.forget(place, context.up_to);

  std::unordered_set<std::string_view> present;
  for (const rooms::RoomEventPtr& event : out) {
    if (event->event->type() == kMember) present.insert(*event->event->state_key());
  }
  const rooms::RoomState& state =
      context.request.use_state_after ? *window.state_at_end : *window.state_at_start;
  const auto carried = out.size();
  for (const UserId& user : needed_members(context, window, extent, heroes)) {
    if (present.contains(user.view())) continue;
    const bool redundant = extent == StateExtent::Changes && known.knows(place, user, context.since);
    if (redundant && !context.filter().state.include_redundant_members) continue;
    const matrix::EventPtr member = state.find(kMember, user.view());
    if (!member || !wanted(context, room, *member)) continue;
    out.push_back(context.ports.rooms.render(member, {}));
    known.sent(place, user, context.up_to);
  }
  const auto note = [&](const rooms::RoomEventPtr& event) {
    if (event->event->is_state() && event->event->type() == kMember)
      known.sent(place, UserId(*event->event->state_key()), context.up_to);
  };
  std::for_each(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(carried), note);
  std::ranges::for_each(window.events, note);
}

RoomNaming naming_of(const rooms::RoomStatePtr& state) {
  RoomNaming naming;
  naming.state = state;
  const matrix::EventPtr name = state->find("m.room.name", "");
  const matrix::EventPtr alias = state->find("m.room.canonical_alias", "");
  naming.has_name = (name && !json::string_or(name->content(), "name", "").empty()) ||
                    (alias && !json::string_or(alias->content(), "alias", "").empty());
  if (naming.has_name) return naming;

  struct Candidate {
    std::int64_t since;
    std::string user;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> present;
  std::vector<Candidate> gone;
  state->for_each([&](const matrix::EventPtr& event) {
    if (event->type() != kMember) return;
    const matrix::Membership membership =
        matrix::parse_membership(json::string_or(event->content(), "membership", ""));
    const bool here = membership == matrix::Membership::Join || membership == matrix::Membership::Invite;
    (here ? present : gone).push_back({event->origin_server_ts(), *event->state_key()});
  });
  // Whoever is alone in the room is shown those who were there.
  std::vector<Candidate>& chosen = present.size() > 1 ? present : gone;
  const std::size_t count = std::min(chosen.size(), kHeroes + 1);
  std::partial_sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count), chosen.end());
  for (std::size_t i = 0; i < count; ++i) naming.candidates.emplace_back(chosen[i].user);
  return naming;
}

}  // namespace

std::vector<rooms::RoomEventPtr> state_section(Context& context, const RoomId& room, const RoomWindow& window,
                                               StateExtent extent, const std::vector<UserId>& heroes) {
  std::vector<rooms::RoomEventPtr> events = extent == StateExtent::Whole
                                                ? whole_state(context, room, window)
                                                : changed_state(context, room, window);
  if (context.filter().state.lazy_load_members)
    add_lazy_members(context, room, window, extent, heroes, events);
  return events;
}

std::vector<UserId> heroes(RoomFeed* feed, const rooms::RoomStatePtr& state, const UserId& reader) {
  RoomNamingPtr naming = feed == nullptr ? nullptr : feed->cached_naming(state);
  if (!naming) {
    naming = std::make_shared<const RoomNaming>(naming_of(state));
    if (feed != nullptr) feed->keep_naming(naming);
  }
  std::vector<UserId> users;
  if (naming->has_name) return users;
  for (const UserId& user : naming->candidates) {
    if (user != reader && users.size() < kHeroes) users.push_back(user);
  }
  return users;
}

}  // namespace kuramori::sync::detail
