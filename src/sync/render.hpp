// JSON text of the parts of a sync response. Events come rendered; readers only add their `unsigned`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "matrix/filter.hpp"
#include "rooms/room_event.hpp"
#include "sync/changes.hpp"
#include "sync/request.hpp"
#include "sync/unread.hpp"

namespace kuramori::sync {

// Who reads, as far as an event's form depends on it.
struct EventReader {
  const UserId& user;
  const DeviceId& device;
  std::int64_t now_ms;
  const matrix::Filter& filter;
};

// `membership`: the reader's at the time of the event; empty when not known. `personal`: further members of
// `unsigned`, as JSON text without braces (RoomReader::personal_unsigned).
void append_event(std::string& out, const rooms::RoomEvent& event, const EventReader& reader,
                  std::string_view membership, std::string_view personal = {});
void append_events(std::string& out, const std::vector<rooms::RoomEventPtr>& events,
                   const EventReader& reader, std::string_view membership);
// Events m.receipt, one for each thread: {event: {type: {user: {ts, thread_id}}}}. In one for all, the
// unthreaded and the threaded receipt of a user for the same event would meet.
void append_receipts(std::string& out, const std::vector<Receipt>& receipts);
void append_typing(std::string& out, const std::vector<UserId>& users);
void append_counts(std::string& out, const UnreadCounts& counts);
// {"type":…,"content":…} of account data or an ephemeral event, `content` being JSON text.
void append_basic_event(std::string& out, std::string_view type, std::string_view content);
// A comma unless `out` ends with an opening brace or bracket.
void separate(std::string& out);

}  // namespace kuramori::sync
