// GET /joined_rooms (client-server API, "Room membership").
#include "api/client/paths.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {
namespace {

runtime::Task<net::Response> get_joined_rooms(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto joined = co_await services.rooms.joined_rooms(*admitted.permit);
  if (!joined) co_return failed(joined.error());
  json::Array rooms;
  for (const RoomId& room : *joined) rooms.emplace_back(room.view());
  json::Object body;
  body.emplace("joined_rooms", std::move(rooms));
  co_return ok(body);
}

}  // namespace

void add_list_joined_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/joined_rooms"), {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_joined_rooms(call, pipeline, services); });
}

}  // namespace kuramori::api::client
