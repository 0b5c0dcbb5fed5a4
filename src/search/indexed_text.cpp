#include "search/indexed_text.hpp"

#include <algorithm>

#include "matrix/relation.hpp"
#include "rooms/relation_rows.hpp"
#include "rooms/tables.hpp"

namespace kuramori::search {
namespace {

constexpr std::size_t kEditsMax = 1'000;  // of one event
constexpr std::size_t kVersionColumn = 1;

// The plain text of an extensible topic (m.room.topic, "m.topic").
std::string_view plain_topic(const json::Object& content) {
  const json::Object* topic = json::object_at(content, "m.topic");
  const json::Array* forms = topic == nullptr ? nullptr : json::array_at(*topic, "m.text");
  if (forms == nullptr) return {};
  for (const json::Value& form : *forms) {
    if (!form.is_object()) continue;
    if (json::string_or(form.get_object(), "mimetype", "text/plain") != "text/plain") continue;
    return json::string_or(form.get_object(), "body", "");
  }
  return {};
}

struct Edit {
  std::int64_t origin_server_ts;
  std::string event;
  StreamPosition position;
  friend auto operator<=>(const Edit&, const Edit&) = default;
};

}  // namespace

std::optional<Key> key_of(std::string_view type, const std::optional<std::string_view>& state_key) {
  if (type == "m.room.message" && !state_key) return Key::Body;
  if (!state_key || !state_key->empty()) return std::nullopt;
  if (type == "m.room.name") return Key::Name;
  if (type == "m.room.topic") return Key::Topic;
  return std::nullopt;
}

std::string searched_text(Key key, const json::Object& content) {
  if (key == Key::Body) return std::string(json::string_or(content, "body", ""));
  if (key == Key::Name) return std::string(json::string_or(content, "name", ""));
  std::string text(json::string_or(content, "topic", ""));
  const std::string_view plain = plain_topic(content);
  if (!plain.empty() && plain != text) {
    text.push_back('\n');
    text += plain;
  }
  return text;
}

Result<ShownText> shown_text(storage::Snapshot& snapshot, const rooms::RoomSecrets& secrets,
                             const rooms::StoredEvent& original, const rooms::ReaderView* view) {
  const matrix::Event& event = *original.event;
  const std::optional<std::string_view> state_key = event.state_key();
  const auto key = key_of(event.type(), state_key);
  if (!key || original.redacted_by) return ShownText();
  ShownText shown{.text = searched_text(*key, event.content())};
  if (*key != Key::Body) return shown;
  std::vector<Edit> edits;
  const rooms::RelationScan scan{.room = event.room(),
                                 .parent = event.id().str(),
                                 .rel_type = "m.replace",
                                 .sender = event.sender().str()};
  KURAMORI_CHECK(rooms::for_each_relation(snapshot, scan, [&](const rooms::RelationRow& row) {
    const bool is_shown = view == nullptr || view->sees(row.position);
    if (is_shown) edits.push_back({row.origin_server_ts, std::string(row.event), row.position});
    return edits.size() < kEditsMax;
  }));
  std::ranges::sort(edits, std::greater());
  for (const Edit& edit : edits) {
    KURAMORI_TRY(replacement, rooms::event_at(snapshot, secrets, edit.position));
    if (view != nullptr && view->hides(*replacement.event)) continue;
    if (!matrix::is_valid_replacement(event, *replacement.event)) continue;
    const json::Object* content = json::object_at(replacement.event->content(), "m.new_content");
    if (content == nullptr) continue;
    return ShownText{.text = searched_text(*key, *content), .edit = edit.position};
  }
  return shown;
}

Result<rooms::RoomSecrets> secrets_of(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                      const RoomId& room) {
  KURAMORI_TRY(row, snapshot.get(rooms::kRooms, {room.str()}));
  if (!row) return not_found("There is no such room.");
  const matrix::RoomVersion* version = matrix::find_room_version(storage::text((*row)[kVersionColumn]));
  if (version == nullptr) return corrupt("a room has an unknown version");
  KURAMORI_TRY(key, keys.get_in(snapshot, crypto::KeyScope::Room, room.view()));
  return rooms::RoomSecrets{.version = version, .key = key};
}

Result<bool> is_encrypted(storage::Snapshot& snapshot, const RoomId& room) {
  KURAMORI_TRY(rows, snapshot.scan({.table = &rooms::kRoomState,
                                    .prefix = {room.str(), std::string("m.room.encryption"), std::string()},
                                    .limit = 1}));
  return !rows.empty();
}

}  // namespace kuramori::search
