// What the files of the authorisation rules share. Private to the module.
//
// Rules are named by their number in version 12. The older versions lack its rule 2, so there every rule from
// 3 on has the number before: cite() translates.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "matrix/authorisation.hpp"
#include "matrix/power_levels.hpp"
#include "matrix/visibility.hpp"

namespace kuramori::matrix::detail {

// An event on trial, with what most rules ask of the room's state.
struct Trial {
  Trial(const Event& event, const StateView& state, const SignatureTest& signed_by);

  const Event& event;
  const StateView& state;
  const SignatureTest& signed_by;
  EventPtr create;
  EventPtr levels_event;
  PowerLevels levels;

  std::int64_t sender_level() const { return levels.of(event.sender()); }
  Membership membership_of(std::string_view user) const;
  Membership sender_membership() const { return membership_of(event.sender().view()); }
};

std::string cite(const RoomVersion& version, int rule, std::string_view part);
Verdict allow(const Trial& trial, int rule, std::string_view part = "");
Verdict reject(const Trial& trial, int rule, std::string_view part, std::string reason);

// One rule of the list: a verdict, or nothing when the rule does not decide and the next one is asked.
using Rule = std::optional<Verdict> (*)(const Trial& trial);

std::optional<Verdict> rule_1_create(const Event& event);
std::optional<Verdict> rule_5_member(const Trial& trial);
std::optional<Verdict> rule_10_power_levels(const Trial& trial);

// Rule 5.4.1: an invitation that redeems a third-party invitation.
Verdict third_party_invite(const Trial& trial, const json::Value& invite);

}  // namespace kuramori::matrix::detail
