// The extension for sticky events (MSC4480): those of all rooms that a list is about, whatever its windows
// show, each once and oldest first; of a room that the reader came into all that are sticky.
#include <algorithm>

#include "sync/sliding_look.hpp"

namespace kuramori::sync::detail {
namespace {

using runtime::Task;

struct Due {
  StreamPosition at;  // where the reader was to hear of it: where it lies, or where they joined after it
  rooms::RoomEventPtr event;
};

}  // namespace

Task<Result<void>> SlidingLook::tell_sticky() {
  const SlidingExtensions::Sticky& asked = request_.extensions.sticky;
  if (!asked.enabled()) co_return Result<void>();
  const StreamPosition since = std::min(asked.since, context_.up_to);
  std::vector<Due> due;
  for (std::size_t i = 0; i < interesting_.size(); ++i) {
    const UserRoomEntry& entry = *entries_[i];
    if (!interesting_[i] || !entry.is_joined()) continue;
    const rooms::RoomReader& reader = context_.ports.rooms;
    std::vector<rooms::RoomEventPtr> events = reader.sticky(entry.room, since, context_.up_to);
    StreamPosition joined_at;
    if (entry.position > since && since.value > 0) {
      auto all = reader.sticky(entry.room, {}, context_.up_to);
      if (all.size() > events.size()) {
        auto was_in = co_await was_joined(context_, *entry.feed, {entry.position.value - 1});
        if (!was_in) co_return std::move(was_in).error();
        if (!*was_in) {
          events = std::move(all);
          joined_at = entry.position;
        }
      }
    }
    if (!events.empty()) {
      auto seeing = see_into(context_, entry.room);
      co_await std::move(seeing);
    }
    for (rooms::RoomEventPtr& event : events) {
      if (context_.hides(*event->event) || shown_sticky_.contains(event->position.value)) continue;
      const StreamPosition at = std::max(event->position, joined_at);
      due.push_back({.at = at, .event = std::move(event)});
    }
  }
  std::ranges::sort(due, [](const Due& a, const Due& b) {
    return a.at != b.at ? a.at < b.at : a.event->position < b.event->position;
  });
  // What is due at one position stays together: a token is nothing but a position.
  std::size_t end = std::min(asked.limit, due.size());
  while (end > 0 && end < due.size() && due[end].at == due[end - 1].at) ++end;
  StreamPosition reached = looked_at_rooms_ || since.value > 0 ? context_.up_to : StreamPosition{};
  if (end < due.size()) reached = due[end - 1].at;

  std::map<RoomId, std::string> by_room;
  for (std::size_t i = 0; i < end; ++i)
    append_event(by_room[due[i].event->event->room()], *due[i].event, context_.reader, "");
  has_content_ = has_content_ || !by_room.empty();
  separate(extensions_text_);
  extensions_text_.append("\"").append(asked.name).append("\":{\"next_batch\":\"");
  extensions_text_.append(render_token(reached)).append("\"");
  if (!by_room.empty()) {
    extensions_text_.append(",\"rooms\":{");
    for (const auto& [room, events] : by_room) {
      separate(extensions_text_);
      json::append_string(extensions_text_, room.view());
      extensions_text_.append(":{\"events\":[").append(events).append("]}");
    }
    extensions_text_.push_back('}');
  }
  extensions_text_.push_back('}');
  co_return Result<void>();
}

}  // namespace kuramori::sync::detail
