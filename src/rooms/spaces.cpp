#include "rooms/spaces.hpp"

#include <algorithm>
#include <unordered_set>

#include "rooms/membership.hpp"
#include "rooms/public_room.hpp"
#include "rooms/stored_event.hpp"

namespace kuramori::rooms {
namespace {

using matrix::Membership;

constexpr std::size_t kRoomsVisitedMax = 2'000;
constexpr std::size_t kOrderBytesMax = 50;

std::string_view join_rule(const RoomState& state) {
  const matrix::EventPtr event = state.find("m.room.join_rules", "");
  return event == nullptr ? "invite" : json::string_or(event->content(), "join_rule", "invite");
}

bool is_open(const RoomState& state) {
  const std::string_view rule = join_rule(state);
  return rule == "public" || rule == "knock" || rule == "knock_restricted" ||
         state.history_visibility() == matrix::HistoryVisibility::WorldReadable;
}

// A child of a space, as its parent lists it.
struct Child {
  RoomId room;
  std::string order;  // empty: after those that have one
  std::int64_t origin_server_ts = 0;
  matrix::EventPtr event;

  // module spaces, "Ordering of children within a space".
  friend bool operator<(const Child& a, const Child& b) {
    const auto rank = [](const Child& child) {
      return std::tuple(child.order.empty(), std::string_view(child.order), child.origin_server_ts,
                        child.room.view());
    };
    return rank(a) < rank(b);
  }
};

std::string valid_order(const json::Object& content) {
  const std::string_view order = json::string_or(content, "order", "");
  const bool is_valid = order.size() <= kOrderBytesMax &&
                        std::ranges::all_of(order, [](char c) { return c >= '\x20' && c <= '\x7e'; });
  return is_valid ? std::string(order) : std::string();
}

std::vector<Child> children_of(const RoomState& state, HierarchyQuery::Children wanted) {
  std::vector<Child> children;
  const matrix::EventPtr create = state.find("m.room.create", "");
  if (create == nullptr || json::string_or(create->content(), "type", "") != "m.space") return children;
  state.for_each([&](const matrix::EventPtr& event) {
    if (event->type() != "m.space.child") return;
    const json::Array* via = json::array_at(event->content(), "via");
    if (via == nullptr || via->empty()) return;
    const bool is_suggested = json::bool_or(event->content(), "suggested", false);
    if (wanted == HierarchyQuery::Children::Suggested && !is_suggested) return;
    children.push_back({.room = RoomId(*event->state_key()),
                        .order = valid_order(event->content()),
                        .origin_server_ts = event->origin_server_ts(),
                        .event = event});
  });
  std::ranges::sort(children, std::less<>());
  return children;
}

json::Object describe(const RoomId& room, const RoomState& state, const std::vector<Child>& children) {
  json::Object described = summarise_room(room, state);
  json::Array listed;
  for (const Child& child : children) {
    json::Object stripped = matrix::stripped_form(*child.event);
    stripped.emplace("origin_server_ts", child.origin_server_ts);
    listed.emplace_back(std::move(stripped));
  }
  described.emplace("children_state", std::move(listed));
  return described;
}

}  // namespace

runtime::Task<Result<RoomStatePtr>> Spaces::accessible(RoomId room, UserId user) {
  auto reading = rooms_.current_state(room);
  auto state = co_await std::move(reading);
  if (!state && state.error().code() == ErrorCode::NotFound) co_return RoomStatePtr();
  if (!state) co_return state;
  if (is_open(**state)) co_return state;
  if (user.empty()) co_return RoomStatePtr();
  const Membership membership = (*state)->membership(user);
  if (membership == Membership::Join || membership == Membership::Invite) co_return state;
  if (membership == Membership::Ban) co_return RoomStatePtr();
  const auto admitting = admitting_rooms(**state);
  if (!admitting) co_return RoomStatePtr();
  for (const RoomId& other : *admitting) {
    auto looking = rooms_.current_state(other);
    const auto found = co_await std::move(looking);
    if (found && (*found)->membership(user) == Membership::Join) co_return state;
  }
  co_return RoomStatePtr();
}

runtime::Task<Result<HierarchyPage>> Spaces::hierarchy(const gate::Permit& permit, HierarchyQuery query) {
  permit.require(gate::Operation::RoomRead);
  const UserId user = permit.subject().user;
  struct Next {
    RoomId room;
    std::size_t depth;
  };
  std::vector<Next> stack{{query.space, 0}};
  std::unordered_set<RoomId> seen{query.space};
  HierarchyPage page;
  std::size_t found = 0;
  for (std::size_t visited = 0; !stack.empty() && visited < kRoomsVisitedMax; ++visited) {
    const Next next = std::move(stack.back());
    stack.pop_back();
    auto looking = accessible(next.room, user);
    KURAMORI_CO_TRY(state, co_await std::move(looking));
    if (state == nullptr && next.depth == 0) co_return forbidden("You may not look into this room.");
    if (state == nullptr) continue;
    if (found == query.offset + query.limit) {
      page.next = found;
      co_return page;
    }
    const std::vector<Child> children = children_of(*state, query.children);
    if (found++ >= query.offset) page.rooms.emplace_back(describe(next.room, *state, children));
    if (next.depth == query.depth_max) continue;
    // The first child is the next to come off the stack.
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      if (!seen.contains(child->room)) stack.push_back({child->room, next.depth + 1});
    }
    for (const Child& child : children) seen.insert(child.room);
  }
  co_return page;
}

runtime::Task<Result<RoomSummary>> Spaces::summary(const gate::Permit& permit, RoomId room) {
  permit.require(gate::Operation::RoomRead);
  const UserId user = permit.subject().user;
  auto looking = accessible(room, user);
  KURAMORI_CO_TRY(state, co_await std::move(looking));
  if (state == nullptr) co_return not_found("Room not found.");
  RoomSummary summary{.room = summarise_room(room, *state)};
  if (!user.empty()) summary.membership = state->membership(user);
  co_return summary;
}

runtime::Task<Result<std::vector<RoomId>>> Spaces::mutual(const gate::Permit& permit, UserId other) {
  permit.require(gate::Operation::UserDirectoryRead);
  auto own = rooms_.rooms_of(permit.subject().user);
  KURAMORI_CO_TRY(mine, co_await std::move(own));
  auto others = rooms_.rooms_of(std::move(other));
  KURAMORI_CO_TRY(theirs, co_await std::move(others));
  std::unordered_set<RoomId> joined;
  for (UserRoom& room : theirs) {
    if (room.membership == Membership::Join) joined.insert(std::move(room.room));
  }
  std::vector<RoomId> both;
  for (UserRoom& room : mine) {
    if (room.membership == Membership::Join && joined.contains(room.room))
      both.push_back(std::move(room.room));
  }
  std::ranges::sort(both);
  co_return both;
}

runtime::Task<Result<RoomId>> Spaces::room_of(EventId event) {
  auto query = [event](storage::Snapshot& snapshot) -> Result<RoomId> {
    KURAMORI_TRY(row, find_event_row(snapshot, event));
    if (!row) return not_found("Event not found.");
    return RoomId(event_columns(*row).room);
  };
  auto read = reader_.read(std::move(query));
  auto room = co_await std::move(read);
  co_return room;
}

}  // namespace kuramori::rooms
