// Rules of membership that stand around the authorisation rules: restricted joins, guests, which change is
// which operation.
#pragma once
#include <vector>

#include "gate/action.hpp"
#include "rooms/admission.hpp"
#include "rooms/ports.hpp"

namespace kuramori::rooms {

// The rooms of an `allow` list that this server knows, and those of them that the user is joined to.
struct JoinFacts {
  std::vector<RoomId> known = {};
  std::vector<RoomId> joined = {};
};

// Rooms that the join rules admit members of, when they are restricted or knock_restricted; nothing for other
// rules.
std::optional<std::vector<RoomId>> admitting_rooms(const RoomState& state);

// Whether `subject` may join as far as the authorisation rules do not say it: guest access and the conditions
// of restricted rooms (adding join_authorised_via_users_server to the content).
Result<void> prepare_join(const RoomState& state, const gate::Subject& subject, const ServerName& server,
                          const JoinFacts& facts, json::Object& content);

json::Object member_content(matrix::Membership membership, const MemberProfile& profile,
                            const std::optional<std::string>& reason);

}  // namespace kuramori::rooms
