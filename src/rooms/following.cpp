// What follows in rooms from a change of a person's account.
#include "rooms/membership.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"

namespace kuramori::rooms {
namespace {

using matrix::Membership;

bool says(const json::Object& content, std::string_view key, const std::optional<std::string>& value) {
  const json::Value* now = json::find(content, key);
  if (now == nullptr || !value) return (now == nullptr) == !value;
  return now->is_string() && json::view(now->get_string()) == *value;
}

void say(json::Object& content, std::string_view key, const std::optional<std::string>& value) {
  if (value) {
    content[key] = *value;
  } else {
    content.erase(key);
  }
}

}  // namespace

runtime::Task<Result<void>> RoomService::State::change_in_room(gate::Subject subject, RoomId id,
                                                               gate::Operation operation, const Step& step) {
  gate::Action action{.subject = std::move(subject), .operation = operation, .resource = {}};
  action.resource.room = id;
  auto asking = admit(std::move(action));
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  auto writing = write(id, std::move(permit), step);
  const auto written = co_await std::move(writing);
  if (!written) co_return written.error();
  co_return Result<void>();
}

runtime::Task<Result<void>> RoomService::update_member_profile(gate::Subject subject, UserId user,
                                                               MemberProfile profile) {
  KURAMORI_CO_TRY(rooms, co_await rooms_of(user));
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    const auto member = batch.state().find("m.room.member", user.view());
    if (batch.state().membership(user) != Membership::Join) return std::optional<EventId>();
    json::Object content = member->content();
    const bool is_same =
        says(content, "displayname", profile.display_name) && says(content, "avatar_url", profile.avatar_url);
    if (is_same) return std::optional<EventId>();
    say(content, "displayname", profile.display_name);
    say(content, "avatar_url", profile.avatar_url);
    // Of the join, not of this change.
    content.erase("join_authorised_via_users_server");
    content.erase("reason");
    KURAMORI_TRY(event, batch.add({.sender = user,
                                   .type = "m.room.member",
                                   .state_key = user.str(),
                                   .content = std::move(content),
                                   .redacts = {},
                                   .device = subject.device,
                                   .transaction = {},
                                   .fingerprint = 0}));
    return std::optional(event->id());
  };
  for (const UserRoom& room : rooms) {
    if (room.membership != Membership::Join) continue;
    auto changing = state_->change_in_room(subject, room.room, gate::Operation::ProfileSet, step);
    const auto changed = co_await std::move(changing);
    if (!changed) {
      state_->ports.log.warning("rooms.profile_not_updated",
                                {{"room", room.room.view()}, {"error", changed.error().to_log()}});
    }
  }
  co_return Result<void>();
}

runtime::Task<Result<void>> RoomService::leave_all(gate::Subject subject, UserId user) {
  KURAMORI_CO_TRY(rooms, co_await rooms_of(user));
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    const Membership now = batch.state().membership(user);
    if (now != Membership::Join && now != Membership::Invite && now != Membership::Knock) {
      return std::optional<EventId>();
    }
    KURAMORI_TRY(event, batch.add({.sender = user,
                                   .type = "m.room.member",
                                   .state_key = user.str(),
                                   .content = member_content(Membership::Leave, {}, std::nullopt),
                                   .redacts = {},
                                   .device = {},
                                   .transaction = {},
                                   .fingerprint = 0}));
    return std::optional(event->id());
  };
  for (const UserRoom& room : rooms) {
    if (room.membership == Membership::Leave || room.membership == Membership::Ban) continue;
    auto changing = state_->change_in_room(subject, room.room, gate::Operation::RoomLeave, step);
    const auto changed = co_await std::move(changing);
    if (!changed) {
      state_->ports.log.warning("rooms.not_left",
                                {{"room", room.room.view()}, {"error", changed.error().to_log()}});
    }
  }
  co_return Result<void>();
}

}  // namespace kuramori::rooms
