#include "ownership/room_ownership.hpp"

#include <algorithm>

#include "matrix/identifiers.hpp"
#include "rooms/admission.hpp"
#include "rooms/tables.hpp"

namespace kuramori::ownership {

using matrix::Membership;
using rooms::RoomStatePtr;
using runtime::Task;

namespace {

constexpr std::string_view kPowerLevels = "m.room.power_levels";

std::string name_of(const rooms::RoomState& state) {
  const matrix::EventPtr name = state.find("m.room.name", "");
  return name == nullptr ? "" : std::string(json::string_or(name->content(), "name", ""));
}

// Those of this server who can make somebody an owner, the highest first.
std::vector<UserId> who_can_hand_over(const rooms::RoomState& state, const RoomOwners& found,
                                      const ServerName& server) {
  const matrix::PowerLevels levels = state.power_levels();
  const std::int64_t needed = std::max(levels.required(kPowerLevels, true), kOwnerLevel);
  std::vector<UserId> able;
  for (const UserId& user : found.former) {
    if (matrix::server_of(user) == server.view() && levels.of(user) >= needed) able.push_back(user);
  }
  std::ranges::sort(able, [&](const UserId& one, const UserId& other) {
    return std::pair(-levels.of(one), one.view()) < std::pair(-levels.of(other), other.view());
  });
  return able;
}

// What m.room.power_levels says, with the successor as an owner.
json::Object levels_with(const rooms::RoomState& state, const UserId& acting, const UserId& successor) {
  const matrix::EventPtr event = state.find(kPowerLevels, "");
  json::Object content = event == nullptr ? json::Object() : event->content();
  json::Value& users = content["users"];
  if (!users.is_object()) users = json::Object();
  const std::int64_t level = state.power_levels().of(acting);
  // Without the event the creator has his power by default, and would lose it with the event.
  if (event == nullptr && level != matrix::kCreatorLevel) users.as_object()[acting.view()] = level;
  users.as_object()[successor.view()] = kOwnerLevel;
  return content;
}

// Refuses the event when the levels that it was made from are not in force any more.
class LevelsUnchanged final : public rooms::Companion {
 public:
  explicit LevelsUnchanged(const rooms::RoomState& state) : levels_(state.find(kPowerLevels, "")) {}
  Result<void> before(const rooms::EventBatch& batch) override {
    const matrix::EventPtr now = batch.state().find(kPowerLevels, "");
    const bool is_same =
        (now == nullptr) == (levels_ == nullptr) && (now == nullptr || now->id() == levels_->id());
    if (is_same) return {};
    return Error(ErrorCode::Conflict, "KURAMORI_VERSION_CHANGED",
                 "The room was changed meanwhile; try again.");
  }
  void after(rooms::EventBatch& /*batch*/, const EventId& /*event*/) override {}
  const std::string& delay_id() const override { return none_; }

 private:
  matrix::EventPtr levels_;
  std::string none_;
};

Error not_a_successor(std::string why) {
  return Error(ErrorCode::InvalidArgument, "KURAMORI_SUCCESSOR", std::move(why));
}

}  // namespace

Task<Result<OwnerlessRooms>> RoomOwnership::ownerless(const gate::Permit& permit, RoomId after,
                                                      std::size_t rooms_looked_at) {
  permit.require(gate::Operation::AdminRoomList);
  const std::size_t limit = std::min(rooms_looked_at, kRoomsLookedAtMax);
  storage::Scan scan;
  scan.table = &rooms::kRooms;
  // The last one of the page before comes first again.
  scan.limit = limit + 1;
  if (!after.empty()) scan.from = after.str();
  auto query = [scan](storage::Snapshot& snapshot) { return snapshot.scan(scan); };
  auto reading = ports_.reader.read(std::move(query));
  const auto rows = co_await std::move(reading);
  if (!rows) co_return rows.error();
  const workforce::OrganisationInForce organisation = ports_.organisation.in_force();
  OwnerlessRooms found;
  found.is_complete = rows->size() <= limit;
  for (const storage::Row& row : *rows) {
    RoomId room(storage::text(row.front()));
    if (room == after) continue;
    auto stating = ports_.rooms.current_state(room);
    const auto state = co_await std::move(stating);
    if (!state) co_return state.error();
    found.reached = room;
    const std::size_t members = (*state)->joined_count();
    if (members == 0) continue;
    RoomOwners owners = owners_of(**state, organisation);
    if (!owners.owners.empty()) continue;
    const bool can = !who_can_hand_over(**state, owners, ports_.server).empty();
    found.rooms.push_back({.room = std::move(room),
                           .name = name_of(**state),
                           .members = members,
                           .former_owners = std::move(owners.former),
                           .can_be_handed_over = can});
  }
  co_return found;
}

Result<void> RoomOwnership::check_successor(const gate::Subject& by, const UserId& successor) const {
  if (matrix::server_of(successor) != ports_.server.view())
    return not_a_successor("The successor must be a person of this server.");
  const workforce::OrganisationInForce organisation = ports_.organisation.in_force();
  if (!may_own(organisation, successor))
    return not_a_successor("The successor must be somebody who works in the organisation.");
  if (by.role != gate::Role::DepartmentAdministrator) return {};
  const organisation::Person* administrator = organisation.directory->person(by.user);
  const bool is_own = administrator != nullptr &&
                      std::ranges::any_of(administrator->posts, [&](const organisation::Post& post) {
                        return organisation.directory->works_in(successor, post.unit);
                      });
  if (is_own) return {};
  return forbidden("A department administrator hands rooms over to people of the department alone.");
}

Task<Result<gate::Permit>> RoomOwnership::permit_for(gate::Subject subject, gate::Operation operation,
                                                     const HandOver& request) {
  gate::Resource resource;
  resource.room = request.room;
  resource.user = request.successor;
  if (operation == gate::Operation::RoomSetState) resource.event_type = kPowerLevels;
  auto admitting = ports_.gate.admit(
      {.subject = std::move(subject), .operation = operation, .resource = std::move(resource)});
  auto admission = co_await std::move(admitting);
  if (const auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  co_return std::get<gate::Permit>(std::move(admission));
}

Task<Result<HandedOver>> RoomOwnership::hand_over(gate::Permit permit, HandOver request) {
  permit.require(gate::Operation::AdminRoomHandOver);
  const gate::Subject by = permit.subject();
  KURAMORI_CO_CHECK(check_successor(by, request.successor));
  KURAMORI_CO_TRY(alone, co_await handing_over_.enter());
  auto stating = ports_.rooms.current_state(request.room);
  const auto state = co_await std::move(stating);
  if (!state) co_return state.error();
  const RoomOwners owners = owners_of(**state, ports_.organisation.in_force());
  if (!owners.owners.empty()) {
    co_return Error(ErrorCode::Conflict, "KURAMORI_ROOM_HAS_OWNER",
                    "The room has an owner, who can hand it over: " + owners.owners.front().str() + ".");
  }
  const std::vector<UserId> able = who_can_hand_over(**state, owners, ports_.server);
  if (able.empty()) {
    co_return Error(ErrorCode::Conflict, "KURAMORI_ROOM_LAW",
                    "Nobody of this server who is in the room may make somebody its administrator.");
  }
  gate::Subject acting = gate::Subject::system();
  acting.user = able.front();
  acting.address = by.address;
  acting.user_agent = "handed over by " + (by.user.empty() ? std::string("the command line") : by.user.str());
  // In the record before it is done: who handed over, to whom and in whose name.
  auto recording =
      ports_.gate.record(std::move(permit), {.detail = request.room.str() + " to " + request.successor.str() +
                                                       " in the name of " + acting.user.str()});
  const auto recorded = co_await std::move(recording);
  if (!recorded) co_return recorded.error();
  auto carrying = carry_out(std::move(acting), std::move(request), *state);
  auto done = co_await std::move(carrying);
  co_return done;
}

Task<Result<HandedOver>> RoomOwnership::carry_out(gate::Subject acting, HandOver request,
                                                  RoomStatePtr state) {
  HandedOver done{.in_the_name_of = acting.user, .event = {}};
  const Membership membership = state->membership(request.successor);
  if (membership != Membership::Join && membership != Membership::Invite) {
    auto asking = permit_for(acting, gate::Operation::RoomInvite, request);
    auto permit = co_await std::move(asking);
    if (!permit) co_return std::move(permit).error();
    rooms::OtherMembership invitation{.room = request.room, .user = request.successor, .reason = {}};
    auto inviting = ports_.rooms.invite(*std::move(permit), std::move(invitation));
    const auto invited = co_await std::move(inviting);
    if (!invited) co_return invited.error();
    done.was_invited = true;
  }
  auto asking = permit_for(acting, gate::Operation::RoomSetState, request);
  auto permit = co_await std::move(asking);
  if (!permit) co_return std::move(permit).error();
  LevelsUnchanged unchanged(*state);
  rooms::SetState change{.room = request.room,
                         .type = std::string(kPowerLevels),
                         .state_key = "",
                         .content = levels_with(*state, acting.user, request.successor),
                         .companion = &unchanged};
  auto setting = ports_.rooms.set_state(*std::move(permit), std::move(change));
  auto event = co_await std::move(setting);
  if (!event) co_return std::move(event).error();
  done.event = *std::move(event);
  co_return done;
}

}  // namespace kuramori::ownership
