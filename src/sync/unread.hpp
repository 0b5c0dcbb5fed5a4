// Unread counts of one user in one room: push rules evaluated lazily, when the user syncs, over the events
// since the last time. What counts is kept as a list of positions, so that a receipt only takes from its
// front (client-server API, "Receiving notifications"; threading module, "Notification counts").
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "matrix/push_rules.hpp"
#include "rooms/room_event.hpp"
#include "sync/changes.hpp"

namespace kuramori::sync {

struct UnreadCounts {
  std::int64_t notifications = 0;
  std::int64_t highlights = 0;
};

struct UnreadSummary {
  UnreadCounts total;
  UnreadCounts main;                            // outside threads
  std::map<std::string, UnreadCounts> threads;  // by thread root
};

class UnreadState {
 public:
  // Older unread events than this many are not counted when a room is counted for the first time.
  static constexpr std::size_t kFirstEventsMax = 500;

  // Everything up to here has been evaluated; 0 before the first time.
  StreamPosition evaluated() const;
  // Evaluates `events` (positions in (evaluated, up_to], oldest first) for the reader.
  void evaluate(const std::vector<rooms::RoomEventPtr>& events, const rooms::RoomState& state,
                const UserId& reader, const matrix::PushRuleSet& rules, StreamPosition up_to);
  // Takes away what the reader's receipts cover, and counts the rest.
  UnreadSummary summary(const std::vector<Receipt>& receipts);

 private:
  struct Item {
    StreamPosition position;
    std::string thread;  // root event, or empty
    bool notifies;
    bool highlights;
  };
  mutable std::mutex mutex_;
  StreamPosition evaluated_;
  std::vector<Item> items_;
};

// The thread that an event belongs to: the root of m.thread, or empty.
std::string thread_of(const matrix::Event& event);

}  // namespace kuramori::sync
