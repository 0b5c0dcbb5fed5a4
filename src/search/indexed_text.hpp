// Which events are searched, and by which text (client-server API, "Server Side Search").
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "rooms/queries.hpp"
#include "rooms/reader_view.hpp"

namespace kuramori::search {

// content.body of m.room.message, content.name of m.room.name, content.topic of m.room.topic.
enum class Key : std::uint8_t { Body = 1, Name = 2, Topic = 4 };

// The key by which events of the type are searched; nothing for those that are not.
std::optional<Key> key_of(std::string_view type, const std::optional<std::string_view>& state_key);
std::string searched_text(Key key, const json::Object& content);

// What an event says: with the content of its newest edit, if there is one.
struct ShownText {
  std::string text = {};
  StreamPosition edit = {};  // 0: it was not edited
};
// `view`: as that reader sees it; null: as it is.
Result<ShownText> shown_text(storage::Snapshot& snapshot, const rooms::RoomSecrets& secrets,
                             const rooms::StoredEvent& original, const rooms::ReaderView* view);

// The version and the key of a room. NotFound when the room is unknown or its key destroyed.
Result<rooms::RoomSecrets> secrets_of(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                      const RoomId& room);
Result<bool> is_encrypted(storage::Snapshot& snapshot, const RoomId& room);

}  // namespace kuramori::search
