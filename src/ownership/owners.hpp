// Who answers for a room. Pure.
#pragma once
#include <vector>

#include "rooms/room_state.hpp"
#include "workforce/current_organisation.hpp"

namespace kuramori::ownership {

// From here a member may set everything: power levels of its own height and below among it.
constexpr std::int64_t kOwnerLevel = 100;

// Whether the person may answer for rooms: works here, or is on leave. Before an organisation was imported,
// everybody.
bool may_own(const workforce::OrganisationInForce& organisation, const UserId& user);

struct RoomOwners {
  std::vector<UserId> owners;  // joined, with the power, and of the organisation
  std::vector<UserId> former;  // joined, with the power, and not (any more)
};
RoomOwners owners_of(const rooms::RoomState& state, const workforce::OrganisationInForce& organisation);

}  // namespace kuramori::ownership
