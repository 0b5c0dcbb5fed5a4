// POST /knock/{roomIdOrAlias} (client-server API, "Knocking on rooms").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_knock(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto room = co_await read_room(call.parameter(0), services.directory);
  if (!room) co_return failed(room.error());
  auto reason = read_reason(call.body);
  if (!reason) co_return failed(reason.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomKnock, resource_in(*room), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (const auto& masked = admitted.permit->amended_content()) reason = read_reason(*masked);
  const std::string warning = admitted.permit->warning();
  rooms::OwnMembership request{.room = *room, .reason = *std::move(reason)};
  const auto knocked = co_await services.rooms.knock(*std::move(admitted.permit), std::move(request));
  if (!knocked) co_return failed(knocked.error());
  json::Object body;
  body.emplace("room_id", room->view());
  co_return answer(std::move(body), warning);
}

}  // namespace

void add_knocking_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/knock/{room}"),
               {.access = Access::UserNoGuests, .limit = "join", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_knock(call, pipeline, services); });
}

}  // namespace kuramori::api::client
