#include "rooms/public_room.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "rooms/membership.hpp"

namespace kuramori::rooms {
namespace {

std::string_view text_at(const RoomState& state, std::string_view type, std::string_view key) {
  // The event lives as long as the state does.
  const matrix::EventPtr event = state.find(type, "");
  return event == nullptr ? std::string_view() : json::string_or(event->content(), key, "");
}

// The plain representation of m.topic when there is one, otherwise the old field.
std::string_view topic_of(const RoomState& state) {
  const matrix::EventPtr event = state.find("m.room.topic", "");
  if (event == nullptr) return {};
  const json::Object* block = json::object_at(event->content(), "m.topic");
  const json::Array* texts = block == nullptr ? nullptr : json::array_at(*block, "m.text");
  if (texts != nullptr) {
    for (const json::Value& text : *texts) {
      if (text.is_object() && json::string_or(text.get_object(), "mimetype", "text/plain") == "text/plain") {
        return json::string_or(text.get_object(), "body", "");
      }
    }
  }
  return json::string_or(event->content(), "topic", "");
}

void add_text(json::Object& object, std::string_view key, std::string_view text) {
  if (!text.empty()) object.emplace(key, text);
}

bool contains(const json::Object& described, std::string_view key, const std::string& lower_case) {
  return text::to_lower_ascii(json::string_or(described, key, "")).find(lower_case) != std::string::npos;
}

}  // namespace

json::Object describe_public_room(const RoomId& id, const RoomState& state) {
  json::Object room;
  room.emplace("room_id", id.view());
  room.emplace("num_joined_members", static_cast<std::int64_t>(state.joined_count()));
  room.emplace("world_readable", state.history_visibility() == matrix::HistoryVisibility::WorldReadable);
  room.emplace("guest_can_join", text_at(state, "m.room.guest_access", "guest_access") == "can_join");
  add_text(room, "name", text_at(state, "m.room.name", "name"));
  add_text(room, "topic", topic_of(state));
  add_text(room, "canonical_alias", text_at(state, "m.room.canonical_alias", "alias"));
  add_text(room, "avatar_url", text_at(state, "m.room.avatar", "url"));
  add_text(room, "join_rule", text_at(state, "m.room.join_rules", "join_rule"));
  add_text(room, "room_type", text_at(state, "m.room.create", "type"));
  return room;
}

json::Object summarise_room(const RoomId& id, const RoomState& state) {
  json::Object room = describe_public_room(id, state);
  add_text(room, "room_version", text_at(state, "m.room.create", "room_version"));
  add_text(room, "encryption", text_at(state, "m.room.encryption", "algorithm"));
  if (const auto admitting = admitting_rooms(state)) {
    json::Array rooms;
    for (const RoomId& other : *admitting) rooms.emplace_back(other.view());
    room.emplace("allowed_room_ids", std::move(rooms));
  }
  return room;
}

bool matches_search(const json::Object& described, const PublicRoomsQuery& query) {
  if (query.room_types) {
    const std::string_view type = json::string_or(described, "room_type", "");
    const auto is_type = [type](const std::optional<std::string>& wanted) {
      return wanted.value_or("") == type;
    };
    if (!std::ranges::any_of(*query.room_types, is_type)) return false;
  }
  if (query.search.empty()) return true;
  const std::string searched = text::to_lower_ascii(query.search);
  return contains(described, "name", searched) || contains(described, "topic", searched) ||
         contains(described, "canonical_alias", searched);
}

}  // namespace kuramori::rooms
