#include "push/event_push.hpp"

namespace kuramori::push {
namespace {

constexpr std::size_t kRejectedMax = 1'000;

std::string text_of(const rooms::RoomState& state, std::string_view type, std::string_view member) {
  const matrix::EventPtr event = state.find(type, "");
  return event ? std::string(json::string_or(event->content(), member, "")) : std::string();
}

json::Object device(const Addressee& to) {
  json::Object data = to.pusher.data;
  data.erase("url");
  json::Object device;
  device.emplace("app_id", to.pusher.app_id);
  device.emplace("pushkey", to.pusher.pushkey);
  device.emplace("pushkey_ts", to.pushkey_ts);
  device.emplace("data", std::move(data));
  return device;
}

json::Object tweaks_of(const QueuedEvent& queued) {
  json::Object tweaks;
  if (!queued.sound.empty()) tweaks.emplace("sound", queued.sound);
  if (queued.highlight) tweaks.emplace("highlight", true);
  return tweaks;
}

std::string finish(json::Object notification, json::Object device) {
  json::Array devices;
  devices.push_back(std::move(device));
  notification.emplace("devices", std::move(devices));
  json::Object body;
  body.emplace("notification", std::move(notification));
  return json::serialize(body);
}

}  // namespace

std::string render_queued(const QueuedEvent& queued) {
  json::Object object;
  object.emplace("room", queued.room.view());
  object.emplace("event", queued.event.view());
  object.emplace("highlight", queued.highlight);
  object.emplace("sound", queued.sound);
  return json::serialize(object);
}

Result<QueuedEvent> parse_queued(std::string_view text) {
  KURAMORI_TRY(object, json::parse_object(text));
  return QueuedEvent{.room = RoomId(std::string(json::string_or(object, "room", ""))),
                     .event = EventId(std::string(json::string_or(object, "event", ""))),
                     .highlight = json::bool_or(object, "highlight", false),
                     .sound = std::string(json::string_or(object, "sound", ""))};
}

std::string room_name(const rooms::RoomState& state) {
  std::string name = text_of(state, "m.room.name", "name");
  return name.empty() ? text_of(state, "m.room.canonical_alias", "alias") : name;
}

std::string member_name(const rooms::RoomState& state, const UserId& user) {
  const matrix::EventPtr member = state.find("m.room.member", user.view());
  std::string name = member ? std::string(json::string_or(member->content(), "displayname", "")) : "";
  return name.empty() ? user.str() : name;
}

std::string event_push(const Addressee& to, const QueuedEvent& queued, const matrix::Event& event,
                       const rooms::RoomState& state, const Unread& unread) {
  json::Object notification;
  notification.emplace("event_id", event.id().view());
  notification.emplace("room_id", event.room().view());
  json::Object counts;
  // "Counts whose value is zero should be omitted."
  if (unread.notifications > 0) counts.emplace("unread", unread.notifications);
  notification.emplace("counts", std::move(counts));
  // What is encrypted may be urgent: only the client can tell.
  const bool is_urgent = queued.highlight || !queued.sound.empty() || event.type() == "m.room.encrypted";
  notification.emplace("prio", is_urgent ? "high" : "low");
  json::Object addressed = device(to);
  if (to.pusher.wants_event_id_only()) return finish(std::move(notification), std::move(addressed));

  notification.emplace("type", event.type());
  notification.emplace("sender", event.sender().view());
  notification.emplace("sender_display_name", member_name(state, event.sender()));
  const std::string name = text_of(state, "m.room.name", "name");
  if (!name.empty()) notification.emplace("room_name", name);
  const std::string alias = text_of(state, "m.room.canonical_alias", "alias");
  if (!alias.empty()) notification.emplace("room_alias", alias);
  notification.emplace("content", event.content());
  if (event.is_state() && event.type() == "m.room.member")
    notification.emplace("user_is_target", *event.state_key() == to.user.view());
  addressed.emplace("tweaks", tweaks_of(queued));
  return finish(std::move(notification), std::move(addressed));
}

std::string badge_push(const Addressee& to, const Unread& unread) {
  json::Object counts;
  // NOTSPEC: zero is said, not omitted: it is all that this notification says.
  counts.emplace("unread", unread.notifications);
  json::Object notification;
  notification.emplace("counts", std::move(counts));
  notification.emplace("prio", "low");
  return finish(std::move(notification), device(to));
}

std::vector<std::string> rejected_pushkeys(std::string_view body) {
  std::vector<std::string> keys;
  const auto object = json::parse_object(body);
  const json::Array* rejected = object ? json::array_at(*object, "rejected") : nullptr;
  if (rejected == nullptr) return keys;
  for (const json::Value& key : *rejected) {
    if (key.is_string() && keys.size() < kRejectedMax) keys.emplace_back(json::view(key.get_string()));
  }
  return keys;
}

}  // namespace kuramori::push
