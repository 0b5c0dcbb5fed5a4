// What a reader's copy of an event says of the events that relate to it: `m.relations` in `unsigned`
// (client-server API, "Aggregations of child events").
#pragma once
#include <string>

#include "rooms/queries.hpp"
#include "rooms/reader_view.hpp"
#include "rooms/room_event.hpp"

namespace kuramori::rooms {

// Where the reader's copies are made.
struct Aggregating {
  storage::Snapshot& snapshot;
  const RoomSecrets& secrets;
  const RoomId& room;
  const ReaderView& view;
};

// A thread as its root's reader sees it; nothing when no event of it is left.
struct ThreadSummary {
  std::int64_t count = 0;
  StreamPosition latest;
  bool participated = false;
};
Result<std::optional<ThreadSummary>> thread_summary(const Aggregating& to, const matrix::Event& root);

// `"m.relations":{…}`, or nothing. State events have none.
Result<std::string> bundled_relations(const Aggregating& to, const RoomEvent& event);

// `membership` (the reader's at the event) and `m.relations` of each, as JSON text without braces.
Result<std::vector<std::string>> personal_parts(const Aggregating& to,
                                                const std::vector<RoomEventPtr>& events);

}  // namespace kuramori::rooms
