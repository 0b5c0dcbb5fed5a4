#include "push/notifications.hpp"

#include <algorithm>
#include <map>

#include "rooms/stored_event.hpp"
#include "rooms/tables.hpp"

namespace kuramori::push {
namespace {

using runtime::Task;

constexpr std::size_t kRoomsAtOnce = 500;  // in one snapshot
constexpr std::size_t kEventsAtOnce = 20;  // of one room

std::string actions_of(const matrix::PushVerdict& verdict) {
  json::Array actions;
  actions.push_back("notify");
  const auto tweak = [&actions](std::string_view name, json::Value value) {
    json::Object object;
    object.emplace("set_tweak", name);
    object.emplace("value", std::move(value));
    actions.push_back(std::move(object));
  };
  if (!verdict.sound.empty()) tweak("sound", json::Value(verdict.sound));
  if (verdict.highlight) tweak("highlight", json::Value(true));
  return json::serialize(json::Value(std::move(actions)));
}

// The newest event of each room below `below`; 0 where there is none.
Result<std::vector<StreamPosition>> newest_below(storage::Snapshot& snapshot,
                                                 const std::vector<RoomId>& rooms, StreamPosition below) {
  std::vector<StreamPosition> newest;
  for (const RoomId& room : rooms) {
    const storage::Scan scan{.table = &rooms::kEvents,
                             .index = &rooms::kEvents.index("events_timeline"),
                             .prefix = {room.str()},
                             .from = {},
                             .below = storage::Value(below.value),
                             .direction = storage::Direction::Backward,
                             .limit = 1};
    KURAMORI_TRY(rows, snapshot.scan(scan));
    newest.push_back(rows.empty() ? StreamPosition() : rooms::event_columns(rows.front()).position);
  }
  return newest;
}

}  // namespace

struct Notifications::Found {
  RoomId room = {};
  rooms::RoomEventPtr event = {};
  matrix::PushVerdict verdict = {};
};

struct Notifications::Place {
  StreamPosition up_to = {};
  RoomId room = {};
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Notifications::Walk {
  NotificationsRequest request = {};
  UserId user = {};
  std::shared_ptr<const matrix::PushRuleSet> rules = {};
  std::vector<Place> places = {};                              // a heap: the newest is in front
  std::map<StreamPosition, Found, std::greater<>> found = {};  // at most one more than the limit
  std::size_t judged = 0;

  void add(Place place) {
    if (place.up_to.value <= 0) return;
    places.push_back(std::move(place));
    std::ranges::push_heap(places);
  }
  Place take() {
    std::ranges::pop_heap(places);
    Place place = std::move(places.back());
    places.pop_back();
    return place;
  }
  void add(StreamPosition position, Found one) {
    found.emplace(position, std::move(one));
    if (found.size() > request.limit + 1) found.erase(std::prev(found.end()));
  }
  // Whether what lies at or below the position would come behind the page.
  bool is_full_above(StreamPosition position) const {
    return found.size() > request.limit && position < found.rbegin()->first;
  }
  // Everything above has been looked at.
  StreamPosition seen_above() const { return places.empty() ? StreamPosition() : places.front().up_to; }
  bool is_done() const {
    return places.empty() || judged >= kEventsMax || is_full_above(places.front().up_to);
  }
};

Task<Result<void>> Notifications::begin(Walk* walk) {
  auto rooms = co_await rooms_.rooms_of(walk->user);
  if (!rooms) co_return std::move(rooms).error();
  std::vector<RoomId> joined;
  for (const rooms::UserRoom& room : *rooms) {
    if (room.membership == matrix::Membership::Join) joined.push_back(room.room);
  }
  for (std::size_t from = 0; from < joined.size(); from += kRoomsAtOnce) {
    const auto first = joined.begin() + static_cast<std::ptrdiff_t>(from);
    const std::size_t count = std::min(kRoomsAtOnce, joined.size() - from);
    const std::vector<RoomId> some(first, first + static_cast<std::ptrdiff_t>(count));
    auto query = [some, below = walk->request.below](storage::Snapshot& snapshot) {
      return newest_below(snapshot, some, below);
    };
    auto newest = co_await reader_.read(std::move(query));
    if (!newest) co_return std::move(newest).error();
    for (std::size_t i = 0; i < some.size(); ++i) walk->add({.up_to = (*newest)[i], .room = some[i]});
  }
  co_return Result<void>();
}

Task<Result<void>> Notifications::look_into(const gate::Permit* permit, Place place, Walk* walk) {
  // Nobody was notified of what was said while they were not there: one stay at a time.
  ++walk->judged;
  auto membership = co_await rooms_.member_at(place.room, walk->user, place.up_to);
  if (!membership) co_return std::move(membership).error();
  if (*membership == nullptr) co_return Result<void>();
  const StreamPosition came{(*membership)->position.value - 1};
  if (json::string_or((*membership)->event->content(), "membership", "") != "join") {
    walk->add({.up_to = came, .room = place.room});
    co_return Result<void>();
  }
  auto state = co_await rooms_.current_state(place.room);
  if (!state) co_return std::move(state).error();
  const matrix::PowerLevels levels = (*state)->power_levels();
  const matrix::EventPtr member = (*state)->find("m.room.member", walk->user.view());
  const matrix::PushReader reader{
      .user = walk->user,
      .display_name = member ? json::string_or(member->content(), "displayname", "") : std::string_view()};
  rooms::TimelineQuery query{.room = place.room,
                             .after = came,
                             .up_to = place.up_to,
                             .direction = storage::Direction::Backward,
                             .limit = kEventsAtOnce};
  auto timeline = co_await rooms_.timeline(*permit, std::move(query));
  if (!timeline) co_return std::move(timeline).error();
  for (const rooms::RoomEventPtr& entry : timeline->events) {
    if (walk->is_full_above(entry->position)) {
      walk->add({.up_to = entry->position, .room = place.room});
      co_return Result<void>();
    }
    ++walk->judged;
    const matrix::Event& event = *entry->event;
    if (event.sender() == walk->user) continue;
    const matrix::PushContext context{.joined_members = static_cast<std::int64_t>((*state)->joined_count()),
                                      .sender_level = levels.of(event.sender()),
                                      .room_notification_level = levels.notification("room")};
    matrix::PushVerdict verdict = walk->rules->evaluate(event, context, reader);
    if (!verdict.notify || (walk->request.only_highlights && !verdict.highlight)) continue;
    walk->add(entry->position, {.room = place.room, .event = entry, .verdict = std::move(verdict)});
  }
  walk->add({.up_to = timeline->complete ? came : timeline->reached, .room = place.room});
  co_return Result<void>();
}

Task<Result<std::string>> Notifications::render(const gate::Permit* permit, const Found* found) {
  const rooms::RoomEvent& event = *found->event;
  auto read = co_await readers_.has_read(permit->subject().user, found->room, event.position);
  if (!read) co_return std::move(read).error();
  std::string text = "{\"room_id\":";
  json::append_string(text, found->room.view());
  text += ",\"ts\":" + std::to_string(event.event->origin_server_ts());
  text += *read ? ",\"read\":true" : ",\"read\":false";
  text += ",\"actions\":" + actions_of(found->verdict);
  text += ",\"event\":" + event.rendered + ",\"unsigned\":{\"age\":" +
          std::to_string(std::max<std::int64_t>(0, clock_.now_ms() - event.event->origin_server_ts()));
  if (!event.shared_unsigned.empty()) text += "," + event.shared_unsigned;
  text += "}}}";
  co_return text;
}

Task<Result<NotificationsPage>> Notifications::page_of(const gate::Permit* permit, const Walk* walk) {
  NotificationsPage page{.notifications = "[", .next = {}};
  const StreamPosition above = walk->seen_above();
  if (above.value > 0) page.next = StreamPosition{above.value + 1};
  std::size_t shown = 0;
  StreamPosition last;
  for (const auto& [position, found] : walk->found) {
    if (position <= above) break;  // of another room something newer may be missing
    if (shown == walk->request.limit) {
      page.next = last;
      break;
    }
    auto text = co_await render(permit, &found);
    if (!text) co_return std::move(text).error();
    if (shown++ > 0) page.notifications += ",";
    page.notifications += *text;
    last = position;
  }
  page.notifications += "]";
  co_return page;
}

Task<Result<NotificationsPage>> Notifications::list(const gate::Permit& permit,
                                                    NotificationsRequest request) {
  permit.require(gate::Operation::NotificationsRead);
  request.limit = std::clamp<std::size_t>(request.limit, 1, kLimitMax);
  Walk walk{.request = request, .user = permit.subject().user};
  auto rules = co_await readers_.rules_of(walk.user);
  if (!rules) co_return std::move(rules).error();
  walk.rules = *std::move(rules);
  auto begun = co_await begin(&walk);
  if (!begun) co_return std::move(begun).error();
  while (!walk.is_done()) {
    Place place = walk.take();
    auto looked = co_await look_into(&permit, std::move(place), &walk);
    if (!looked) co_return std::move(looked).error();
  }
  auto page = co_await page_of(&permit, &walk);
  co_return page;
}

}  // namespace kuramori::push
