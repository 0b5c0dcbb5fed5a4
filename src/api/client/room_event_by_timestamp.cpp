// GET /rooms/{room}/timestamp_to_event (client-server API, "Getting events for a room").
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {
namespace {

Result<Timestamp> read_time(const net::Request& request) {
  const auto given = request.query_value("ts");
  if (!given) return missing_argument("ts");
  const auto milliseconds = text::to_integer(*given);
  if (!milliseconds || *milliseconds < 0 || *milliseconds > json::kIntegerMax) {
    return invalid_argument("'ts' must be a time in milliseconds.");
  }
  return from_unix_ms(*milliseconds);
}

runtime::Task<net::Response> get_timestamp_to_event(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const auto time = read_time(call.request);
  if (!time) co_return failed(time.error());
  const auto direction = read_direction(call.request);
  if (!direction) co_return failed(direction.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto event = co_await services.rooms.event_near(*admitted.permit, room, *time, *direction);
  if (!event) co_return failed(event.error());
  json::Object body;
  body.emplace("event_id", (*event)->event->id().view());
  body.emplace("origin_server_ts", (*event)->event->origin_server_ts());
  co_return ok(body);
}

}  // namespace

void add_room_event_by_timestamp_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get, {"/_matrix/client/v1/rooms/{room}/timestamp_to_event"},
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_timestamp_to_event(call, pipeline, services); });
}

}  // namespace kuramori::api::client
