// History visibility (client-server API, "Room History Visibility"): judged by the state at each event.
#pragma once
#include <cstdint>
#include <string_view>

namespace kuramori::matrix {

enum class HistoryVisibility : std::uint8_t { WorldReadable, Shared, Invited, Joined };
HistoryVisibility parse_history_visibility(std::string_view text);  // unknown or absent: Shared

enum class Membership : std::uint8_t { None, Invite, Join, Leave, Ban, Knock };
Membership parse_membership(std::string_view text);
std::string_view to_string(Membership membership);

struct VisibilityQuestion {
  HistoryVisibility before;  // the room's setting before the event
  HistoryVisibility
      after;  // and after it: differs for m.room.history_visibility itself, the more open counts
  Membership membership_before;  // the reader's, before the event
  Membership membership_after;   // and after it: differs for the reader's own m.room.member
  bool joined_later;             // the reader joined at some time after the event (for `shared`)
  bool joined_now = false;       // is joined at the time of reading
};
bool is_visible(const VisibilityQuestion& question);

}  // namespace kuramori::matrix
