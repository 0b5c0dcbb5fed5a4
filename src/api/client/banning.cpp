// POST /rooms/{room}/ban and /unban (client-server API, "Banning users in a room").
#include "api/client/moderation.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

void add_banning_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const EndpointOptions options{.access = Access::UserNoGuests, .limit = "", .takes_body = true};
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/ban"), options, [&](Call& call) {
    return change_other(call, pipeline, services, gate::Operation::RoomBan, &rooms::RoomService::ban);
  });
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/unban"), options, [&](Call& call) {
    return change_other(call, pipeline, services, gate::Operation::RoomUnban, &rooms::RoomService::unban);
  });
}

}  // namespace kuramori::api::client
