// Who may see which event: history visibility judged by the state at each event, for a whole stretch of
// timeline at once. Pure: the caller brings the changes of the room's setting and of the reader's membership.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "matrix/visibility.hpp"

namespace kuramori::rooms {

struct VisibilityChange {
  StreamPosition position;
  matrix::HistoryVisibility to;
};

struct MembershipChange {
  StreamPosition position;
  matrix::Membership to;
};

// Both lists in the order of positions.
class HistoryJudge {
 public:
  HistoryJudge(std::vector<VisibilityChange> settings, std::vector<MembershipChange> memberships);
  bool sees(StreamPosition event) const;

  matrix::Membership membership_at(StreamPosition position) const;  // after the change at it
  bool ever_joined() const { return last_join_.value > 0; }
  // Where the reader stopped being joined for good; nothing while joined, and for who never was.
  std::optional<StreamPosition> left_at() const;

 private:
  std::vector<VisibilityChange> settings_;
  std::vector<MembershipChange> memberships_;
  StreamPosition last_join_;
};

// Every event is visible to a joined member of such a room.
bool is_open_to_members(const std::vector<VisibilityChange>& settings);

}  // namespace kuramori::rooms
