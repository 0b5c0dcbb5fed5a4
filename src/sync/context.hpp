// What all parts of one sync response share.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/engine.hpp"
#include "sync/render.hpp"

namespace kuramori::sync::detail {

struct Context {
  Engine::Ports& ports;
  LazyMembers& lazy_members;
  const gate::Permit& permit;
  const SyncRequest& request;
  UserFeedPtr feed;
  std::shared_ptr<const matrix::PushRuleSet> push_rules;
  StreamPosition since;  // 0 in an initial sync
  StreamPosition up_to;
  EventReader reader;
  std::map<RoomId, std::vector<AccountDataItem>> room_account_data;

  bool is_initial() const { return !request.since.has_value(); }
  const matrix::Filter& filter() const { return *request.filter; }
  const UserId& user() const { return request.session->user; }
};

// The timeline of one room in one response, and what its state section needs.
struct RoomWindow {
  std::vector<rooms::RoomEventPtr> events;  // oldest first
  bool limited = false;
  StreamPosition prev_batch;  // just before the first event
  rooms::RoomStatePtr state_at_start;
  rooms::RoomStatePtr state_at_end;
  // State events since `since` that the timeline does not show: those of the gap and those that the filter
  // kept out of it. Unused when the whole state is sent.
  std::vector<rooms::RoomEventPtr> state_changes;
  bool members_changed = false;  // somewhere in (since, up_to]
  std::string_view membership;   // the reader's at every event; empty when it varied
};

// Of a room that the reader is in, `whole` being set when it is sent as if for the first time.
runtime::Task<Result<RoomWindow>> joined_window(Context& context, RoomFeedPtr feed, bool whole);
// Of a room that the reader has left at `left_at`.
runtime::Task<Result<RoomWindow>> left_window(Context& context, RoomId room, StreamPosition left_at,
                                              bool whole);

// The state events to send, in the section that the request asks for.
std::vector<rooms::RoomEventPtr> state_section(Context& context, const RoomId& room, const RoomWindow& window,
                                               bool whole, const std::vector<UserId>& heroes);

// Members other than the reader that can name the room, first come first; empty when the room has a name.
std::vector<UserId> heroes(const rooms::RoomState& state, const UserId& reader);

runtime::Task<Result<UnreadSummary>> unread_summary(Context& context, RoomFeedPtr feed,
                                                    std::shared_ptr<UnreadState> unread);

// Each appends `"room": {…}` to `out` unless there is nothing to say.
runtime::Task<Result<void>> append_joined_room(Context& context, UserRoomEntry entry, std::string& out);
runtime::Task<Result<void>> append_left_room(Context& context, UserRoomEntry entry, std::string& out);
runtime::Task<Result<void>> append_stripped_room(Context& context, UserRoomEntry entry,
                                                 std::string_view section, std::string& out);

}  // namespace kuramori::sync::detail
