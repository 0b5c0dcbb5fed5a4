#include "push/notifications.hpp"

#include <algorithm>

namespace kuramori::push {
namespace {

using runtime::Task;

constexpr std::size_t kRoomsMax = 200;          // those where something happened last
constexpr std::size_t kEventsPerRoomMax = 200;  // looked at for one page
constexpr std::size_t kFactsAtOnce = 1'000;

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

}  // namespace

struct Notifications::Found {
  RoomId room = {};
  rooms::RoomEventPtr event = {};
  matrix::PushVerdict verdict = {};
};

struct Notifications::Look {
  NotificationsRequest request = {};
  UserId user = {};
  std::shared_ptr<const matrix::PushRuleSet> rules = {};
  std::vector<Found> found = {};
  StreamPosition complete_above = {};  // of no room is anything missing above it
};

Task<Result<void>> Notifications::look_into(const gate::Permit* permit, RoomId room, Look* look) {
  auto state = co_await rooms_.current_state(room);
  if (!state) co_return std::move(state).error();
  const matrix::PowerLevels levels = (*state)->power_levels();
  const matrix::EventPtr member = (*state)->find("m.room.member", look->user.view());
  const matrix::PushReader reader{
      .user = look->user,
      .display_name = member ? json::string_or(member->content(), "displayname", "") : std::string_view()};
  rooms::TimelineQuery query{.room = room,
                             .after = {},
                             .up_to = {look->request.below.value - 1},
                             .direction = storage::Direction::Backward,
                             .limit = kEventsPerRoomMax};
  auto timeline = co_await rooms_.timeline(*permit, std::move(query));
  if (!timeline) co_return std::move(timeline).error();
  std::size_t hits = 0;
  for (const rooms::RoomEventPtr& entry : timeline->events) {
    const matrix::Event& event = *entry->event;
    if (event.sender() == look->user) continue;
    const matrix::PushContext context{.joined_members = static_cast<std::int64_t>((*state)->joined_count()),
                                      .sender_level = levels.of(event.sender()),
                                      .room_notification_level = levels.notification("room")};
    matrix::PushVerdict verdict = look->rules->evaluate(event, context, reader);
    if (!verdict.notify || (look->request.only_highlights && !verdict.highlight)) continue;
    // Nobody was notified of what was said before they came.
    auto membership = co_await rooms_.member_at(room, look->user, entry->position);
    if (!membership) co_return std::move(membership).error();
    const bool was_in = *membership != nullptr &&
                        json::string_or((*membership)->event->content(), "membership", "") == "join";
    if (!was_in) break;
    look->found.push_back({room, entry, std::move(verdict)});
    if (++hits > look->request.limit) {
      look->complete_above = std::max(look->complete_above, entry->position);
      co_return Result<void>();
    }
  }
  if (!timeline->complete) {
    const StreamPosition next{timeline->reached.value + 1};
    look->complete_above = std::max(look->complete_above, next);
  }
  co_return Result<void>();
}

Task<Result<std::string>> Notifications::render(const gate::Permit* permit, const Found* found) {
  const rooms::RoomEvent& event = *found->event;
  auto read = co_await readers_.read_up_to(permit->subject().user, found->room);
  if (!read) co_return std::move(read).error();
  std::string text = "{\"room_id\":";
  json::append_string(text, found->room.view());
  text += ",\"ts\":" + std::to_string(event.event->origin_server_ts());
  text += *read >= event.position ? ",\"read\":true" : ",\"read\":false";
  text += ",\"actions\":" + actions_of(found->verdict);
  text += ",\"event\":" + event.rendered + ",\"unsigned\":{\"age\":" +
          std::to_string(std::max<std::int64_t>(0, clock_.now_ms() - event.event->origin_server_ts()));
  if (!event.shared_unsigned.empty()) text += "," + event.shared_unsigned;
  text += "}}}";
  co_return text;
}

Task<Result<NotificationsPage>> Notifications::list(const gate::Permit& permit,
                                                    NotificationsRequest request) {
  permit.require(gate::Operation::NotificationsRead);
  request.limit = std::clamp<std::size_t>(request.limit, 1, kLimitMax);
  Look look{
      .request = request, .user = permit.subject().user, .rules = {}, .found = {}, .complete_above = {}};
  auto rules = co_await readers_.rules_of(look.user);
  if (!rules) co_return std::move(rules).error();
  look.rules = *std::move(rules);
  auto rooms = co_await rooms_.rooms_of(look.user);
  if (!rooms) co_return std::move(rooms).error();
  std::vector<RoomId> joined;
  for (const rooms::UserRoom& room : *rooms) {
    if (room.membership == matrix::Membership::Join && joined.size() < kFactsAtOnce)
      joined.push_back(room.room);
  }
  auto facts = co_await rooms_.facts(joined);
  if (!facts) co_return std::move(facts).error();
  std::vector<std::pair<StreamPosition, RoomId>> newest;
  for (std::size_t i = 0; i < joined.size(); ++i) newest.emplace_back((*facts)[i].last_event, joined[i]);
  std::ranges::sort(newest, std::greater<>());
  if (newest.size() > kRoomsMax) newest.resize(kRoomsMax);
  for (const auto& [last, room] : newest) {
    auto looked = co_await look_into(&permit, room, &look);
    if (!looked) co_return std::move(looked).error();
  }

  std::ranges::sort(look.found, std::greater<>(), [](const Found& found) { return found.event->position; });
  NotificationsPage page{.notifications = "[", .next = {}};
  if (look.complete_above.value > 0) page.next = look.complete_above;
  std::size_t shown = 0;
  for (const Found& found : look.found) {
    // An event at the border itself was seen; what lies below it in its room was not.
    if (found.event->position < look.complete_above) break;
    if (shown == request.limit) {
      page.next = StreamPosition{look.found[shown - 1].event->position};
      break;
    }
    auto text = co_await render(&permit, &found);
    if (!text) co_return std::move(text).error();
    if (shown++ > 0) page.notifications += ",";
    page.notifications += *text;
  }
  page.notifications += "]";
  co_return page;
}

}  // namespace kuramori::push
