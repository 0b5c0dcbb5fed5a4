// Rooms without an owner, and handing them over.
#pragma once
#include "api/resource/pipeline.hpp"
#include "net/router.hpp"
#include "ownership/room_ownership.hpp"

namespace kuramori::api::admin {

struct RoomServices {
  ownership::RoomOwnership& ownership;
};

void add_room_routes(net::Router& router, resource::Pipeline& pipeline, RoomServices& services);

}  // namespace kuramori::api::admin
