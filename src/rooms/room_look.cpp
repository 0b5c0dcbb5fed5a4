#include "rooms/room_look.hpp"

#include "rooms/service_state.hpp"

namespace kuramori::rooms {

runtime::Task<Result<RoomLook>> look_into(RoomService& rooms, const gate::Permit& permit, RoomId room) {
  permit.require(gate::Operation::SearchRead);
  RoomService::State& state = rooms.state();
  KURAMORI_CO_TRY(found, co_await state.room_of_member(std::move(room)));
  auto viewing = state.view_of(found, permit);
  KURAMORI_CO_TRY(view, co_await std::move(viewing));
  co_return RoomLook{.view = std::move(view),
                     .secrets = state.secrets_of(*found),
                     .is_encrypted = found->state()->find("m.room.encryption", "") != nullptr};
}

}  // namespace kuramori::rooms
