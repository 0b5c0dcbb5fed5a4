// Changes of membership: joining, knocking, leaving, forgetting, inviting, kicking, banning.
#include <algorithm>

#include "matrix/identifiers.hpp"
#include "rooms/membership.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

using matrix::Membership;

Result<void> done(Result<std::optional<EventId>> written) {
  if (!written) return std::move(written).error();
  return {};
}

Proposal member_event(const gate::Subject& sender, const UserId& target, json::Object content) {
  return {.sender = sender.user,
          .type = "m.room.member",
          .state_key = target.str(),
          .content = std::move(content),
          .redacts = {},
          .device = sender.device,
          .transaction = {},
          .fingerprint = 0};
}

Result<std::optional<EventId>> add_member_event(EventBatch& batch, const gate::Subject& sender,
                                                const UserId& target, json::Object content) {
  KURAMORI_TRY(event, batch.add(member_event(sender, target, std::move(content))));
  return std::optional(event->id());
}

// What the authorisation rules leave open about a change by somebody else (client-server API, /kick, /unban,
// /invite).
Result<void> check_change_of_other(const RoomState& state, const gate::Subject& subject, const UserId& target,
                                   gate::Operation operation) {
  if (state.membership(subject.user) != Membership::Join) return not_in_room();
  const Membership now = state.membership(target);
  const bool is_in = now == Membership::Join || now == Membership::Invite || now == Membership::Knock;
  if (operation == gate::Operation::RoomKick && !is_in) {
    return forbidden(target.str() + " is not in the room.");
  }
  if (operation == gate::Operation::RoomUnban && now != Membership::Ban) {
    return forbidden(target.str() + " is not banned from the room.");
  }
  if (operation == gate::Operation::RoomInvite && now == Membership::Join) {
    return forbidden(target.str() + " is already in the room.");
  }
  return {};
}

}  // namespace

runtime::Task<Result<JoinFacts>> RoomService::State::join_facts(RoomId id, UserId user) {
  JoinFacts facts;
  KURAMORI_CO_TRY(target, co_await room(id));
  const auto admitting = admitting_rooms(*target->state());
  if (!admitting) co_return facts;
  for (const RoomId& other : *admitting) {
    auto found = co_await room(other);
    if (!found && found.error().code() == ErrorCode::NotFound) continue;
    if (!found) co_return std::move(found).error();
    facts.known.push_back(other);
    if ((*found)->state()->membership(user) == Membership::Join) facts.joined.push_back(other);
  }
  co_return facts;
}

runtime::Task<Result<void>> RoomService::join(gate::Permit permit, OwnMembership request) {
  permit.require(gate::Operation::RoomJoin);
  auto change = change_own(std::move(permit), std::move(request), Membership::Join);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::knock(gate::Permit permit, OwnMembership request) {
  permit.require(gate::Operation::RoomKnock);
  auto change = change_own(std::move(permit), std::move(request), Membership::Knock);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::leave(gate::Permit permit, OwnMembership request) {
  permit.require(gate::Operation::RoomLeave);
  auto change = change_own(std::move(permit), std::move(request), Membership::Leave);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::change_own(gate::Permit permit, OwnMembership request,
                                                    Membership to) {
  State& state = *state_;
  const gate::Subject subject = permit.subject();
  MemberProfile profile;
  JoinFacts facts;
  if (to == Membership::Join) {
    KURAMORI_CO_TRY(found, co_await state.join_facts(request.room, subject.user));
    facts = std::move(found);
  }
  if (to != Membership::Leave) {
    KURAMORI_CO_TRY(found, co_await state.ports.profiles.profile_of(subject.user));
    profile = std::move(found);
  }
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    const Membership now = batch.state().membership(subject.user);
    // Joining where one is joined and leaving where one has left change nothing.
    if (now == to && to != Membership::Knock) return std::optional<EventId>();
    if (to == Membership::Leave && now == Membership::None) return not_in_room();
    json::Object content = member_content(to, profile, request.reason);
    if (to == Membership::Join) {
      KURAMORI_CHECK(prepare_join(batch.state(), subject, state.options.server, facts, content));
    }
    return add_member_event(batch, subject, subject.user, std::move(content));
  };
  co_return done(co_await state.write(request.room, std::move(permit), step));
}

// module invite_permission.
runtime::Task<Result<void>> RoomService::State::check_invitation(UserId invited, UserId inviter) {
  if (ports.choices == nullptr) co_return Result<void>();
  auto asking = ports.choices->invitation(invited, std::move(inviter));
  KURAMORI_CO_TRY(answer, co_await std::move(asking));
  if (answer == PersonalChoices::Invitation::Accepted) co_return Result<void>();
  co_return Error(ErrorCode::Forbidden, "M_INVITE_BLOCKED", invited.str() + " takes no invitations.");
}

runtime::Task<Result<void>> RoomService::invite(gate::Permit permit, OtherMembership request) {
  permit.require(gate::Operation::RoomInvite);
  auto change = change_other(std::move(permit), std::move(request), Membership::Invite);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::kick(gate::Permit permit, OtherMembership request) {
  permit.require(gate::Operation::RoomKick);
  auto change = change_other(std::move(permit), std::move(request), Membership::Leave);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::ban(gate::Permit permit, OtherMembership request) {
  permit.require(gate::Operation::RoomBan);
  auto change = change_other(std::move(permit), std::move(request), Membership::Ban);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::unban(gate::Permit permit, OtherMembership request) {
  permit.require(gate::Operation::RoomUnban);
  auto change = change_other(std::move(permit), std::move(request), Membership::Leave);
  auto outcome = co_await std::move(change);
  co_return outcome;
}

runtime::Task<Result<void>> RoomService::change_other(gate::Permit permit, OtherMembership request,
                                                      Membership to) {
  State& state = *state_;
  const gate::Subject subject = permit.subject();
  const gate::Operation operation = permit.operation();
  MemberProfile profile;
  if (to == Membership::Invite) {
    if (matrix::server_of(request.user) != state.options.server.view()) {
      co_return forbidden("People of other servers cannot be invited: this server does not federate.");
    }
    auto asking = state.check_invitation(request.user, subject.user);
    const auto accepted = co_await std::move(asking);
    if (!accepted) co_return accepted.error();
    KURAMORI_CO_TRY(found, co_await state.ports.profiles.profile_of(request.user));
    profile = std::move(found);
  }
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    KURAMORI_CHECK(check_change_of_other(batch.state(), subject, request.user, operation));
    const bool is_invited = batch.state().membership(request.user) == Membership::Invite;
    if (to == Membership::Invite && is_invited) return std::optional<EventId>();
    return add_member_event(batch, subject, request.user, member_content(to, profile, request.reason));
  };
  co_return done(co_await state.write(request.room, std::move(permit), step));
}

runtime::Task<Result<EventId>> RoomService::set_member_state(gate::Permit permit, SetState request) {
  State& state = *state_;
  const gate::Subject subject = permit.subject();
  const json::Object content = passed_content(permit, std::move(request.content));
  permit.require(operation_for_member(subject.user, request.state_key, content));
  const auto target = matrix::parse_user_id(request.state_key);
  if (!target) co_return invalid_argument("The state key of a member event must be a user ID.");
  const auto to = matrix::parse_membership(json::string_or(content, "membership", ""));
  if (to == Membership::None) co_return bad_json("'membership' must be a known membership.");
  if (to == Membership::Invite && matrix::server_of(*target) != state.options.server.view()) {
    co_return forbidden("People of other servers cannot be invited: this server does not federate.");
  }
  if (to == Membership::Invite) {
    auto asking = state.check_invitation(*target, subject.user);
    const auto accepted = co_await std::move(asking);
    if (!accepted) co_return accepted.error();
  }
  JoinFacts facts;
  if (to == Membership::Join) {
    KURAMORI_CO_TRY(found, co_await state.join_facts(request.room, subject.user));
    facts = std::move(found);
  }
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    if (request.companion != nullptr) KURAMORI_CHECK(request.companion->before(batch));
    json::Object member = content;
    if (to == Membership::Join && *target == subject.user) {
      KURAMORI_CHECK(prepare_join(batch.state(), subject, state.options.server, facts, member));
    }
    Proposal proposal = member_event(subject, *target, std::move(member));
    proposal.timestamp = request.timestamp;
    KURAMORI_TRY(event, batch.add(std::move(proposal)));
    if (request.companion != nullptr) request.companion->after(batch, event->id());
    return std::optional(event->id());
  };
  co_return made(co_await state.write(request.room, std::move(permit), step));
}

runtime::Task<Result<void>> RoomService::forget(gate::Permit permit, RoomId room) {
  permit.require(gate::Operation::RoomForget);
  State& state = *state_;
  const UserId user = permit.subject().user;
  auto query = [user, room](storage::Snapshot& snapshot) { return stored_membership(snapshot, user, room); };
  auto read = state.ports.store.read(std::move(query));
  KURAMORI_CO_TRY(stored, co_await std::move(read));
  if (!stored) co_return not_found("You have never been in this room.");
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    const Membership now = batch.state().membership(user);
    const auto member = batch.state().find("m.room.member", user.view());
    const bool has_left = now == Membership::Leave || now == Membership::Ban;
    if (!has_left || member == nullptr || member->id() != stored->event) {
      return Error(ErrorCode::InvalidArgument, "M_UNKNOWN",
                   "User " + user.str() + " is in room " + room.str() + ".");
    }
    if (stored->forgotten) return std::optional<EventId>();
    batch.work().upsert(kMemberships, {user.str(), room.str(), std::string(matrix::to_string(now)),
                                       stored->event.str(), stored->position.value, std::int64_t{1}});
    auto payload = std::make_shared<RoomForgotten>();
    payload->user = user;
    payload->room = room;
    batch.work().publish(batch.work().next(storage::Sequence::Stream), std::move(payload));
    return std::optional<EventId>();
  };
  co_return done(co_await state.write(room, std::move(permit), step));
}

}  // namespace kuramori::rooms
