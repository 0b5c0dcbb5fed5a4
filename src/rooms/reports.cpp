#include "rooms/reports.hpp"

namespace kuramori::rooms {

runtime::Task<Result<void>> Reports::event(gate::Permit permit, RoomId room, EventId event,
                                           json::Object detail) {
  permit.require(gate::Operation::ContentReport);
  auto looking = rooms_.current_state(room);
  const auto state = co_await std::move(looking);
  const bool is_member = state && (*state)->membership(permit.subject().user) == matrix::Membership::Join;
  if (!is_member) co_return not_found("The event was not found, or you are not in its room.");
  auto finding = rooms_.position_of(room, event);
  const auto position = co_await std::move(finding);
  if (!position) co_return position.error();
  auto recording = gate_.record(std::move(permit), {.detail = event.str(), .personal = std::move(detail)});
  auto recorded = co_await std::move(recording);
  co_return recorded;
}

runtime::Task<Result<void>> Reports::room(gate::Permit permit, RoomId room, json::Object detail) {
  permit.require(gate::Operation::ContentReport);
  auto looking = rooms_.current_state(room);
  const auto state = co_await std::move(looking);
  if (!state) co_return state.error();
  auto recording = gate_.record(std::move(permit), {.detail = room.str(), .personal = std::move(detail)});
  auto recorded = co_await std::move(recording);
  co_return recorded;
}

runtime::Task<Result<void>> Reports::user(gate::Permit permit, UserId user, json::Object detail) {
  permit.require(gate::Operation::ContentReport);
  auto recording = gate_.record(std::move(permit), {.detail = user.str(), .personal = std::move(detail)});
  auto recorded = co_await std::move(recording);
  co_return recorded;
}

}  // namespace kuramori::rooms
