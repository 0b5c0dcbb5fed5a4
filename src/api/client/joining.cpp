// POST /rooms/{room}/join and /join/{roomIdOrAlias} (client-server API, "Joining rooms").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "api/client/service_aliases.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> join(Call& call, Pipeline& pipeline, RoomsServices& services, RoomId room) {
  if (json::find(call.body, "third_party_signed") != nullptr) {
    co_return failed(
        forbidden("This server uses no identity server: ask for an invitation to your user ID."));
  }
  auto reason = read_reason(call.body);
  if (!reason) co_return failed(reason.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomJoin, resource_in(room), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (const auto& masked = admitted.permit->amended_content()) reason = read_reason(*masked);
  const std::string warning = admitted.permit->warning();
  rooms::OwnMembership request{.room = room, .reason = *std::move(reason)};
  const auto joined = co_await services.rooms.join(*std::move(admitted.permit), std::move(request));
  if (!joined) co_return failed(joined.error());
  json::Object body;
  body.emplace("room_id", room.view());
  co_return answer(std::move(body), warning);
}

Task<Response> post_join(Call& call, Pipeline& pipeline, RoomsServices& services) {
  Result<RoomId> room = RoomId();
  if (const auto alias = matrix::parse_room_alias(call.parameter(0))) {
    auto resolving = resolve_or_make(call, pipeline, services.directory, *alias);
    room = co_await std::move(resolving);
  } else {
    room = co_await read_room(call.parameter(0), services.directory);
  }
  if (!room) co_return failed(room.error());
  auto joining = join(call, pipeline, services, *std::move(room));
  co_return co_await std::move(joining);
}

Task<Response> post_room_join(Call& call, Pipeline& pipeline, RoomsServices& services) {
  if (!call.parameter(0).starts_with('!'))
    co_return failed(invalid_argument("This endpoint takes a room ID."));
  auto joining = post_join(call, pipeline, services);
  co_return co_await std::move(joining);
}

}  // namespace

void add_joining_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const EndpointOptions options{
      .access = Access::User, .limit = "join", .takes_body = true, .body_optional = true};
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/join"), options,
               [&](Call& call) { return post_room_join(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/join/{room}"), options,
               [&](Call& call) { return post_join(call, pipeline, services); });
}

}  // namespace kuramori::api::client
