#include "rooms/history.hpp"

#include <algorithm>

namespace kuramori::rooms {
namespace {

// What holds just before `position`, and just after the change at it.
template <class Change, class Value>
std::pair<Value, Value> around(const std::vector<Change>& changes, StreamPosition position, Value initially) {
  const auto first_at = std::ranges::lower_bound(changes, position, {}, &Change::position);
  const Value before = first_at == changes.begin() ? initially : std::prev(first_at)->to;
  const bool changes_here = first_at != changes.end() && first_at->position == position;
  return {before, changes_here ? first_at->to : before};
}

}  // namespace

HistoryJudge::HistoryJudge(std::vector<VisibilityChange> settings, std::vector<MembershipChange> memberships)
    : settings_(std::move(settings)), memberships_(std::move(memberships)) {
  for (const MembershipChange& change : memberships_) {
    if (change.to == matrix::Membership::Join) last_join_ = change.position;
  }
}

bool HistoryJudge::sees(StreamPosition event) const {
  const auto [before, after] = around(settings_, event, matrix::HistoryVisibility::Shared);
  const auto [member_before, member_after] = around(memberships_, event, matrix::Membership::None);
  return matrix::is_visible({.before = before,
                             .after = after,
                             .membership_before = member_before,
                             .membership_after = member_after,
                             .joined_later = event < last_join_});
}

matrix::Membership HistoryJudge::membership_at(StreamPosition position) const {
  return around(memberships_, position, matrix::Membership::None).second;
}

std::optional<StreamPosition> HistoryJudge::left_at() const {
  if (!ever_joined()) return std::nullopt;
  std::optional<StreamPosition> left;
  for (const MembershipChange& change : memberships_) {
    if (change.to == matrix::Membership::Join) {
      left.reset();
    } else if (!left && change.position > last_join_) {
      left = change.position;
    }
  }
  return left;
}

bool is_open_to_members(const std::vector<VisibilityChange>& settings) {
  return std::ranges::all_of(settings, [](const VisibilityChange& change) {
    return change.to == matrix::HistoryVisibility::Shared ||
           change.to == matrix::HistoryVisibility::WorldReadable;
  });
}

}  // namespace kuramori::rooms
