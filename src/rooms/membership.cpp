#include "rooms/membership.hpp"

#include <algorithm>

#include "json/json.hpp"
#include "matrix/identifiers.hpp"
#include "rooms/service.hpp"

namespace kuramori::rooms {
namespace {

std::string_view text_of_state(const RoomState& state, std::string_view type, std::string_view key) {
  const matrix::EventPtr event = state.find(type, "");
  return event == nullptr ? std::string_view() : json::string_or(event->content(), key, "");
}

// A member of ours who may invite: rule 5.3.5.2 of the authorisation rules.
std::optional<UserId> authorising_user(const RoomState& state, const ServerName& server) {
  const matrix::PowerLevels levels = state.power_levels();
  std::optional<UserId> strongest;
  state.for_each_joined([&](const UserId& user) {
    if (matrix::server_of(user) != server.view() || levels.of(user) < levels.invite()) return;
    if (!strongest || levels.of(user) > levels.of(*strongest)) strongest = user;
  });
  return strongest;
}

Result<void> check_guest(const RoomState& state, const gate::Subject& subject) {
  if (subject.role != gate::Role::Guest) return {};
  if (text_of_state(state, "m.room.guest_access", "guest_access") == "can_join") return {};
  return Error(ErrorCode::Forbidden, "M_GUEST_ACCESS_FORBIDDEN", "Guests may not join this room.");
}

}  // namespace

std::optional<std::vector<RoomId>> admitting_rooms(const RoomState& state) {
  const std::string_view rule = text_of_state(state, "m.room.join_rules", "join_rule");
  if (rule != "restricted" && rule != "knock_restricted") return std::nullopt;
  std::vector<RoomId> rooms;
  const matrix::EventPtr event = state.find("m.room.join_rules", "");
  const json::Array* conditions = json::array_at(event->content(), "allow");
  if (conditions == nullptr) return rooms;
  for (const json::Value& condition : *conditions) {
    if (!condition.is_object()) continue;
    const json::Object& object = condition.get_object();
    if (json::string_or(object, "type", "") != "m.room_membership") continue;
    rooms.emplace_back(json::string_or(object, "room_id", ""));
  }
  return rooms;
}

Result<void> prepare_join(const RoomState& state, const gate::Subject& subject, const ServerName& server,
                          const JoinFacts& facts, json::Object& content) {
  content.erase("join_authorised_via_users_server");
  const matrix::Membership membership = state.membership(subject.user);
  if (membership == matrix::Membership::Join) return {};
  KURAMORI_CHECK(check_guest(state, subject));
  const auto admitting = admitting_rooms(state);
  if (!admitting || membership == matrix::Membership::Invite || membership == matrix::Membership::Ban)
    return {};
  const auto is_among = [&](const std::vector<RoomId>& rooms) {
    return std::ranges::any_of(
        rooms, [&](const RoomId& room) { return std::ranges::find(*admitting, room) != admitting->end(); });
  };
  if (!is_among(facts.joined)) {
    if (is_among(facts.known)) {
      return forbidden("You are in none of the rooms whose members may join this room.");
    }
    return Error(ErrorCode::InvalidArgument, "M_UNABLE_TO_AUTHORISE_JOIN",
                 "This server cannot verify the conditions for joining this room; ask for an invitation.");
  }
  const auto user = authorising_user(state, server);
  if (!user) {
    return Error(ErrorCode::InvalidArgument, "M_UNABLE_TO_GRANT_JOIN",
                 "Nobody on this server may let you into this room; ask for an invitation.");
  }
  content["join_authorised_via_users_server"] = user->view();
  return {};
}

json::Object member_content(matrix::Membership membership, const MemberProfile& profile,
                            const std::optional<std::string>& reason) {
  json::Object content;
  content.emplace("membership", matrix::to_string(membership));
  if (profile.display_name) content.emplace("displayname", *profile.display_name);
  if (profile.avatar_url) content.emplace("avatar_url", *profile.avatar_url);
  if (reason) content.emplace("reason", *reason);
  return content;
}

gate::Operation operation_for_member(const UserId& sender, std::string_view state_key,
                                     const json::Object& content) {
  const bool is_own = state_key == sender.view();
  switch (matrix::parse_membership(json::string_or(content, "membership", ""))) {
    case matrix::Membership::Join:
      return gate::Operation::RoomJoin;
    case matrix::Membership::Invite:
      return gate::Operation::RoomInvite;
    case matrix::Membership::Knock:
      return gate::Operation::RoomKnock;
    case matrix::Membership::Ban:
      return gate::Operation::RoomBan;
    case matrix::Membership::Leave:
      return is_own ? gate::Operation::RoomLeave : gate::Operation::RoomKick;
    case matrix::Membership::None:
      return gate::Operation::RoomSetState;
  }
  return gate::Operation::RoomSetState;
}

}  // namespace kuramori::rooms
