#include "sync/threads.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

constexpr int kHopsMax = 3;

const json::Object* relation_of(const matrix::Event& event) {
  return json::object_at(event.content(), "m.relates_to");
}

EventId related_to(const matrix::Event& event) {
  const json::Object* relation = relation_of(event);
  return relation == nullptr ? EventId() : EventId(json::string_or(*relation, "event_id", ""));
}

}  // namespace

std::string thread_of(const matrix::Event& event) {
  const json::Object* relation = relation_of(event);
  if (relation == nullptr || json::string_or(*relation, "rel_type", "") != "m.thread") return {};
  return std::string(json::string_or(*relation, "event_id", ""));
}

bool may_be_in_thread_of_another(const matrix::Event& event) {
  return thread_of(event).empty() && !related_to(event).empty();
}

Task<Result<rooms::RoomEventPtr>> event_at(rooms::RoomReader& rooms, RoomId room, StreamPosition position) {
  rooms::TimelineQuery query{.room = std::move(room),
                             .after = {position.value - 1},
                             .up_to = position,
                             .direction = storage::Direction::Backward,
                             .limit = 1,
                             .filter = std::nullopt};
  auto timeline = co_await rooms.unchecked_timeline(std::move(query));
  if (!timeline) co_return std::move(timeline).error();
  co_return timeline->events.empty() ? nullptr : timeline->events.front();
}

Task<Result<std::string>> thread_root(rooms::RoomReader& rooms, RoomId room, rooms::RoomEventPtr event) {
  for (int hop = 0; event && hop <= kHopsMax; ++hop) {
    if (std::string root = thread_of(*event->event); !root.empty()) co_return root;
    const EventId parent = related_to(*event->event);
    if (parent.empty() || hop == kHopsMax) break;
    auto position = co_await rooms.position_of(room, parent);
    if (!position && position.error().code() == ErrorCode::NotFound) break;
    if (!position) co_return std::move(position).error();
    auto read = co_await event_at(rooms, room, *position);
    if (!read) co_return std::move(read).error();
    event = *std::move(read);
  }
  co_return std::string();
}

}  // namespace kuramori::sync
