// Which thread an event belongs to (client-server API, modules receipts and threading).
#pragma once
#include <string>

#include "rooms/reader.hpp"
#include "runtime/task.hpp"

namespace kuramori::sync {

// The root of a direct m.thread relation, or empty.
std::string thread_of(const matrix::Event& event);
// Whether the event relates to another in some other way, and so may belong to that one's thread.
bool may_be_in_thread_of_another(const matrix::Event& event);

// Follows relations (3 hops at most, as the specification recommends) to the root of a thread; empty: the
// main timeline.
runtime::Task<Result<std::string>> thread_root(rooms::RoomReader& rooms, RoomId room,
                                               rooms::RoomEventPtr event);
// The event of the room at that position; null when there is none.
runtime::Task<Result<rooms::RoomEventPtr>> event_at(rooms::RoomReader& rooms, RoomId room,
                                                    StreamPosition position);

}  // namespace kuramori::sync
