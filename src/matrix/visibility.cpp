#include "matrix/visibility.hpp"

namespace kuramori::matrix {
namespace {

// The five rules of "Room History Visibility", "Server behaviour", for one setting and one membership.
bool may_see(HistoryVisibility setting, Membership membership, bool joined_afterwards) {
  if (setting == HistoryVisibility::WorldReadable) return true;
  if (membership == Membership::Join) return true;
  if (setting == HistoryVisibility::Shared && joined_afterwards) return true;
  return setting == HistoryVisibility::Invited && membership == Membership::Invite;
}

}  // namespace

HistoryVisibility parse_history_visibility(std::string_view text) {
  if (text == "world_readable") return HistoryVisibility::WorldReadable;
  if (text == "invited") return HistoryVisibility::Invited;
  if (text == "joined") return HistoryVisibility::Joined;
  return HistoryVisibility::Shared;
}

Membership parse_membership(std::string_view text) {
  if (text == "join") return Membership::Join;
  if (text == "invite") return Membership::Invite;
  if (text == "leave") return Membership::Leave;
  if (text == "ban") return Membership::Ban;
  if (text == "knock") return Membership::Knock;
  return Membership::None;
}

std::string_view to_string(Membership membership) {
  switch (membership) {
    case Membership::None:
      return "";
    case Membership::Invite:
      return "invite";
    case Membership::Join:
      return "join";
    case Membership::Leave:
      return "leave";
    case Membership::Ban:
      return "ban";
    case Membership::Knock:
      return "knock";
  }
  return "";
}

bool is_visible(const VisibilityQuestion& question) {
  // Who is joined now and was not at the event has joined since.
  const bool joined_afterwards = question.joined_later || question.joined_now;
  for (const HistoryVisibility setting : {question.before, question.after}) {
    for (const Membership membership : {question.membership_before, question.membership_after}) {
      if (may_see(setting, membership, joined_afterwards)) return true;
    }
  }
  return false;
}

}  // namespace kuramori::matrix
