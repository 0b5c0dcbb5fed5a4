// POST /rooms/{room}/leave and /forget (client-server API, "Leaving rooms").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_leave(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  auto reason = read_reason(call.body);
  if (!reason) co_return failed(reason.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomLeave, resource_in(room), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (const auto& masked = admitted.permit->amended_content()) reason = read_reason(*masked);
  const std::string warning = admitted.permit->warning();
  rooms::OwnMembership request{.room = room, .reason = *std::move(reason)};
  const auto left = co_await services.rooms.leave(*std::move(admitted.permit), std::move(request));
  if (!left) co_return failed(left.error());
  co_return answer({}, warning);
}

Task<Response> post_forget(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomForget, resource_in(room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto forgotten = co_await services.rooms.forget(*std::move(admitted.permit), room);
  co_return forgotten ? empty_ok() : failed(forgotten.error());
}

}  // namespace

void add_leaving_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const EndpointOptions options{
      .access = Access::User, .limit = "", .takes_body = true, .body_optional = true};
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/leave"), options,
               [&](Call& call) { return post_leave(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/forget"), options,
               [&](Call& call) { return post_forget(call, pipeline, services); });
}

}  // namespace kuramori::api::client
