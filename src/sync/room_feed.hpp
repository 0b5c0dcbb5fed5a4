// What the stream has lately said about one room, shared by all its readers: the newest events with the state
// around each, where receipts and typing last changed, and which users hear of it. Lives in the hub, bounded;
// fed by the writer's thread, read by any.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/identifiers.hpp"
#include "rooms/reader.hpp"

namespace kuramori::sync {

class UserFeed;

struct TailEntry {
  rooms::RoomEventPtr event;
  rooms::RoomStatePtr state_before;
  rooms::RoomStatePtr state_after;
};

// Who could name the room in one of its states (client-server API, "Calculating the display name for a
// room"): worked out once for all readers.
struct RoomNaming {
  rooms::RoomStatePtr state;
  bool has_name = false;
  std::vector<UserId> candidates;  // the first few; one more than is shown, for the reader is left out
};
using RoomNamingPtr = std::shared_ptr<const RoomNaming>;

class RoomFeed {
 public:
  static constexpr std::size_t kTailEventsMax = 512;

  explicit RoomFeed(RoomId room, StreamPosition created_at)
      : room_(std::move(room)), created_at_(created_at) {}
  const RoomId& room() const { return room_; }
  // It has heard of everything after this position, and of nothing before.
  StreamPosition created_at() const { return created_at_; }

  // Where the room last changed, as far as known; all of them lie after created_at or are 0, but for
  // last_event once it was learnt.
  StreamPosition last_event() const { return {last_event_.load(std::memory_order_acquire)}; }
  StreamPosition last_receipt() const { return {last_receipt_.load(std::memory_order_acquire)}; }
  StreamPosition last_typing() const { return {last_typing_.load(std::memory_order_acquire)}; }
  bool knows_last_event() const { return knows_last_event_.load(std::memory_order_acquire); }
  void learn_last_event(StreamPosition position);
  // Whether anything of the room may have changed after `position`.
  bool may_have_changed(StreamPosition position) const;

  // What lists of rooms are ordered and filtered by; current from when it was learnt.
  bool knows_facts() const { return knows_facts_.load(std::memory_order_acquire); }
  void learn_facts(const rooms::RoomFacts& facts);
  StreamPosition last_bump() const { return {last_bump_.load(std::memory_order_acquire)}; }
  bool is_encrypted() const { return encrypted_.load(std::memory_order_acquire); }
  std::string room_type() const;  // empty: none, as most have
  std::string name() const;

  bool is_loaded() const { return loaded_.load(std::memory_order_acquire); }
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

  // How far the tail reaches, for who reads what lies before it.
  struct Extent {
    StreamPosition after;  // the tail holds every event after this
    std::size_t events = 0;
    std::uint64_t redactions = 0;
  };
  Extent extent() const;
  // Puts all events of (tail_after, before.after], oldest first, in front of the tail, unless that has changed
  // since `before` was taken or would grow too long.
  void extend(std::vector<TailEntry> older, StreamPosition tail_after, const Extent& before);

  // From the writer's thread.
  void append(TailEntry entry);
  void replace(const rooms::RoomEventPtr& redacted);
  void mark_receipt(StreamPosition position);
  void mark_typing(StreamPosition position);
  // Forgets events up to `position`, to save memory.
  void trim(StreamPosition position);

  // Users whose requests are woken by what happens here. A follower stops following before it ends.
  void follow(UserFeed& user);
  void unfollow(UserFeed& user);
  void wake_followers();

  RoomNamingPtr cached_naming(const rooms::RoomStatePtr& state) const;
  void keep_naming(RoomNamingPtr naming);

 private:
  StreamPosition reaches() const;  // the tail holds every event of the room after it
  void replace_in_tail(const rooms::RoomEventPtr& redacted);
  void note_facts(const rooms::RoomEvent& event);

  const RoomId room_;
  const StreamPosition created_at_;
  std::atomic<std::int64_t> last_event_{0};
  std::atomic<std::int64_t> last_receipt_{0};
  std::atomic<std::int64_t> last_typing_{0};
  std::atomic<bool> knows_last_event_{false};
  std::atomic<bool> loaded_{false};
  std::atomic<std::int64_t> last_bump_{0};
  std::atomic<bool> encrypted_{false};
  std::atomic<bool> knows_facts_{false};
  std::atomic<bool> has_type_{false};
  mutable std::mutex mutex_;
  rooms::RoomStatePtr state_;
  std::deque<TailEntry> tail_;
  StreamPosition tail_after_;
  std::vector<rooms::RoomEventPtr> redacted_before_load_;  // what is being read may still be as it was
  std::uint64_t redactions_ = 0;
  RoomNamingPtr naming_;
  std::string room_type_;
  std::string name_;
  StreamPosition name_position_;
  std::mutex followers_mutex_;  // taken before a follower's own lock
  std::unordered_set<UserFeed*> followers_;
};

using RoomFeedPtr = std::shared_ptr<RoomFeed>;

}  // namespace kuramori::sync
