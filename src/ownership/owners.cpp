#include "ownership/owners.hpp"

#include <algorithm>

namespace kuramori::ownership {

bool may_own(const workforce::OrganisationInForce& organisation, const UserId& user) {
  if (organisation.version == 0) return true;
  const organisation::Person* person = organisation.directory->person(user);
  return person != nullptr && (person->employment == organisation::Employment::Active ||
                               person->employment == organisation::Employment::OnLeave);
}

RoomOwners owners_of(const rooms::RoomState& state, const workforce::OrganisationInForce& organisation) {
  const matrix::PowerLevels levels = state.power_levels();
  RoomOwners found;
  state.for_each_joined([&](const UserId& user) {
    if (levels.of(user) < kOwnerLevel) return;
    (may_own(organisation, user) ? found.owners : found.former).push_back(user);
  });
  // The order of joined members is that of a hash table.
  std::ranges::sort(found.owners);
  std::ranges::sort(found.former);
  return found;
}

}  // namespace kuramori::ownership
