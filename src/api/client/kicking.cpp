// POST /rooms/{room}/kick (client-server API, "Leaving rooms").
#include "api/client/moderation.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

void add_kicking_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/kick"),
               {.access = Access::UserNoGuests, .limit = "", .takes_body = true}, [&](Call& call) {
                 return change_other(call, pipeline, services, gate::Operation::RoomKick,
                                     &rooms::RoomService::kick);
               });
}

}  // namespace kuramori::api::client
