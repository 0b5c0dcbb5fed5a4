// One look of a sliding sync, from the stream's position to the answer. In parts: which rooms
// (sliding_lists), what of each (sliding_room), and the extensions (sliding_extensions).
#pragma once
#include <bitset>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/context.hpp"
#include "sync/sliding_connection.hpp"
#include "sync/sliding_request.hpp"

namespace kuramori::sync::detail {

class SlidingLook {
 public:
  SlidingLook(Engine::Ports& ports, LazyMembers& lazy_members, const gate::Permit& permit,
              const SlidingRequest& request, SlidingConnection& connection, UserFeed& feed,
              StreamPosition since, rooms::IgnoredUsers ignored);
  SlidingLook(const SlidingLook&) = delete;
  SlidingLook& operator=(const SlidingLook&) = delete;

  // `looks_anew`: not only when something changed since the last look.
  runtime::Task<Result<void>> run(bool looks_anew);
  SyncAnswer finish();
  SlidingDelta take_delta() { return std::move(delta_); }

 private:
  using Lists = std::bitset<SlidingRequest::kListsMax>;
  // A room that a list shows, or that the client subscribed to.
  struct Shown {
    UserRoomPtr entry;
    Lists lists;  // in the order of the request
    bool subscribed = false;
    std::size_t timeline_limit = 0;
    RequiredStatePtr required;
    bool is_joined() const { return entry->is_joined(); }
  };
  // What a room has to tell.
  struct Telling {
    bool initial = false;
    bool expanded = false;
    std::vector<rooms::RoomEventPtr> state;
    RoomWindow window;
    bool names_changed = false;
    bool name_changed = false;
    bool avatar_changed = false;
    StreamPosition live_after;
  };

  // sliding_lists.cpp
  runtime::Task<Result<void>> find_rooms();
  runtime::Task<Result<void>> learn_facts();
  runtime::Task<Result<void>> learn_personal();
  runtime::Task<Result<void>> read_spaces();
  void place_rooms();
  void fill_list(std::size_t index, const std::string& name, const SlidingList& list);
  bool passes(const SlidingFilters& filters, const UserRoomEntry& entry) const;
  Shown& show(std::size_t entry);
  void add_subscriptions();
  void settle_configs();

  // sliding_room.cpp
  runtime::Task<Result<void>> tell(const Shown& room);
  runtime::Task<Result<void>> tell_joined(const Shown& room);
  runtime::Task<Result<void>> tell_stripped(const Shown& room);
  runtime::Task<Result<void>> tell_left(const UserRoomEntry& entry, const RoomSent& sent);
  runtime::Task<Result<bool>> came_back(const UserRoomEntry& entry, const RoomSent& sent);
  runtime::Task<Result<void>> read_window(const Shown& room, const RoomSent* sent, Telling& telling);
  void choose_state(const Shown& room, const RoomSent* sent, Telling& telling, RoomSent& next);
  void append_joined(const Shown& room, const RoomSent& next, const Telling& telling,
                     const std::string& timeline);
  void append_common(const UserRoomEntry& entry, const Lists* lists, std::string& out);
  void append_timeline_parts(const Telling& telling, const std::string& timeline, std::string& out);
  void limit_timeline(std::size_t limit);

  // sliding_extensions.cpp
  runtime::Task<Result<void>> tell_device();
  runtime::Task<Result<void>> tell_account_data();
  runtime::Task<Result<void>> tell_receipts();
  void tell_typing();
  // sliding_sticky.cpp
  runtime::Task<Result<void>> tell_sticky();
  bool is_in(const SlidingScope& scope, const Shown& room) const;

  const RoomSent* sent(const RoomFeedPtr& feed) const;
  // What will have been told of the room once this answer is acknowledged.
  RoomSent& next(const RoomFeedPtr& feed);
  bool is_direct(const RoomId& room) const { return connection_.personal.direct.contains(room); }
  StreamPosition bump_of(const UserRoomEntry& entry) const;
  const SlidingState& told() const { return connection_.acknowledged; }

  const SlidingRequest& request_;
  SlidingConnection& connection_;
  const StreamPosition since_;
  SyncRequest shared_request_;  // what the parts that /sync has too go by
  Context context_;
  std::map<std::size_t, std::shared_ptr<const matrix::Filter>> filters_;  // by timeline limit

  bool looked_at_rooms_ = false;
  std::vector<UserRoomPtr> entries_;
  struct Placed {
    StreamPosition bump;
    std::size_t entry;
  };
  std::vector<Placed> listed_;  // in no order
  std::unordered_map<RoomId, std::unordered_set<RoomId>> spaces_;
  std::vector<Shown> shown_;
  std::unordered_map<std::size_t, std::size_t> shown_by_entry_;
  std::vector<const SlidingList*> lists_;
  std::vector<const std::string*> list_names_;
  // Of rooms that were told anew or with more of their timeline.
  std::unordered_map<RoomFeedPtr, std::vector<rooms::RoomEventPtr>> first_timelines_;
  // For sticky events: the rooms that pass the filters of a list or are subscribed to, by their entry; and
  // those events that a timeline of this answer shows.
  std::vector<bool> interesting_;
  std::unordered_set<std::int64_t> shown_sticky_;

  SlidingDelta delta_;
  StreamPosition told_from_;  // no timeline reaches back beyond this
  bool has_content_ = false;
  std::string lists_text_;
  std::string rooms_text_;
  std::string extensions_text_;
};

}  // namespace kuramori::sync::detail
