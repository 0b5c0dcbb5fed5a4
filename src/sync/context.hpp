// What all parts of one sync response share.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rooms/reader_view.hpp"
#include "sync/engine.hpp"
#include "sync/render.hpp"

namespace kuramori::sync::detail {

struct Context {
  Engine::Ports& ports;
  LazyMembers& lazy_members;
  const gate::Permit& permit;
  const SyncRequest& request;
  UserFeed& feed;
  StreamPosition since;  // 0 in an initial sync
  StreamPosition up_to;
  EventReader reader;
  std::map<RoomId, std::vector<AccountDataItem>> room_account_data;
  rooms::IgnoredUsers ignored = {};  // null: nobody

  bool is_initial() const { return since.value == 0; }
  const matrix::Filter& filter() const { return *request.filter; }
  const UserId& user() const { return request.session->user; }
  // module ignore_users: state stays, whoever set it.
  bool ignores(const matrix::Event& event) const {
    return ignored != nullptr && !event.is_state() && event.sender() != user() &&
           ignored->contains(event.sender());
  }
  // Or what the session may not see, for its label; see_into() comes first.
  bool hides(const matrix::Event& event) const {
    return ignores(event) || rooms::is_hidden(permit.sight().get(), event);
  }
};

// The timeline of one room in one response, and what its state section needs.
struct RoomWindow {
  std::vector<rooms::RoomEventPtr> events;  // oldest first
  bool limited = false;
  StreamPosition prev_batch;  // just before the first event
  rooms::RoomStatePtr state_at_start;
  rooms::RoomStatePtr state_at_end;
  // The last of each key among the state events between `since` and the start of the timeline (unused when
  // the whole state is sent).
  std::vector<rooms::RoomEventPtr> gap_changes;
  // The same of those after the start that the filter kept out of the timeline. One whose key the timeline
  // shows in another event is left out, except with `state_after`.
  std::vector<rooms::RoomEventPtr> hidden_changes;
};

// Timeline and state of a room in (after, up_to]; after 0 stands for the newest part of all that the reader
// may see, as if the room were shown for the first time.
struct Range {
  StreamPosition after;
  StreamPosition up_to;
  bool is_whole() const { return after.value == 0; }
};
// Before content of the room is hidden or shown.
runtime::Task<void> see_into(const Context& context, RoomId room);
runtime::Task<Result<RoomWindow>> joined_window(Context& context, RoomFeedPtr feed, Range range);
// From storage alone: for rooms that the reader has left.
runtime::Task<Result<RoomWindow>> stored_window(Context& context, RoomId room, Range range);

// The state events to send, in the section that the request asks for.
enum class StateExtent : bool { Changes, Whole };
std::vector<rooms::RoomEventPtr> state_section(Context& context, const RoomId& room, const RoomWindow& window,
                                               StateExtent extent, const std::vector<UserId>& heroes);

// Members other than the reader that can name the room, first come first; empty when the room has a name.
std::vector<UserId> heroes(RoomFeed* feed, const rooms::RoomStatePtr& state, const UserId& reader);

// Brings the reader's unread counts in the room up to context.up_to.
runtime::Task<Result<void>> count_unread(Context& context, RoomFeedPtr feed,
                                         std::shared_ptr<UnreadState> unread);

// What belongs to the reader's device alone.
struct EncryptionSection {
  ToDeviceMessages messages;
  KeyStock stock;
  DeviceListChanges lists;
  bool has_content() const { return !messages.events.empty() || !lists.empty(); }
};
runtime::Task<Result<EncryptionSection>> encryption_section(Context& context);
void append_encryption(std::string& out, const EncryptionSection& section);

// The whole answer, of these rooms.
runtime::Task<Result<SyncAnswer>> build(Context& context, std::vector<UserRoomEntry> rooms);

// Each appends `"room": {…}` to `out` unless there is nothing to say.
runtime::Task<Result<void>> append_joined_room(Context& context, UserRoomEntry entry, std::string& out);
runtime::Task<Result<void>> append_left_room(Context& context, UserRoomEntry entry, std::string& out);
runtime::Task<Result<void>> append_stripped_room(Context& context, UserRoomEntry entry,
                                                 std::string_view section, std::string& out);

// The parts of the above that sliding sync puts together in its own way. Each is the inside of an array.
runtime::Task<Result<std::string>> timeline_events(Context& context, RoomId room, const RoomWindow& window);
// Nothing when the invitation is from somebody whom the reader ignores, or is blocked.
runtime::Task<Result<std::optional<std::string>>> stripped_events(Context& context, UserRoomEntry entry);
// Who types, as far as they are still in the room.
std::vector<UserId> typing_in(const Context& context, const RoomFeed& feed);

// Whether the reader was in the room when the stream stood at `position`.
runtime::Task<Result<bool>> was_joined(Context& context, const RoomFeed& feed, StreamPosition position);

}  // namespace kuramori::sync::detail
