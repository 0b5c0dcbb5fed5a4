// What the stream has lately said about one room, shared by all its readers: the newest events with the state
// around each, and where receipts and typing last changed. Lives in the hub, bounded; fed by the writer's
// thread, read by any.
#pragma once
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "rooms/room_event.hpp"

namespace kuramori::sync {

struct TailEntry {
  rooms::RoomEventPtr event;
  rooms::RoomStatePtr state_before;
  rooms::RoomStatePtr state_after;
};

class RoomFeed {
 public:
  static constexpr std::size_t kTailEventsMax = 128;

  explicit RoomFeed(RoomId room, StreamPosition created_at)
      : room_(std::move(room)), created_at_(created_at) {}
  const RoomId& room() const { return room_; }
  // It has heard of everything after this position, and of nothing before.
  StreamPosition created_at() const { return created_at_; }

  struct Marks {
    StreamPosition last_event;
    StreamPosition last_receipt;
    StreamPosition last_typing;
  };
  Marks marks() const;
  // Whether the marks hold for everything before this feed was created, too.
  bool knows_last_event() const;
  void learn_last_event(StreamPosition position);

  bool is_loaded() const;
  // The room as storage had it when the stream stood at `up_to`: entries oldest first. What arrived since is
  // kept.
  void load(rooms::RoomStatePtr current, std::vector<TailEntry> tail, StreamPosition tail_after,
            StreamPosition up_to);

  // Events in (after, up_to], oldest first; nothing when the tail does not reach back to `after`.
  std::optional<std::vector<TailEntry>> events(StreamPosition after, StreamPosition up_to) const;
  // The newest events up to `up_to`, at most `limit`, oldest first; `complete` when the room has no earlier
  // ones.
  struct Newest {
    std::vector<TailEntry> entries;
    bool complete = false;
  };
  Newest newest(StreamPosition up_to, std::size_t limit) const;
  // The state when the stream stood at `position`; null when that lies before the tail or nothing is loaded.
  rooms::RoomStatePtr state_at(StreamPosition position) const;
  rooms::RoomStatePtr current_state() const;

  // From the writer's thread.
  void append(TailEntry entry);
  void replace(const rooms::RoomEventPtr& redacted);
  void mark_receipt(StreamPosition position);
  void mark_typing(StreamPosition position);

 private:
  const RoomId room_;
  const StreamPosition created_at_;
  mutable std::mutex mutex_;
  Marks marks_;
  bool knows_last_event_ = false;
  bool loaded_ = false;
  rooms::RoomStatePtr state_;
  std::deque<TailEntry> tail_;
  StreamPosition tail_after_;  // the tail holds every event of the room after this position
};

using RoomFeedPtr = std::shared_ptr<RoomFeed>;

}  // namespace kuramori::sync
