// GET /room_summary/{roomIdOrAlias} (client-server API, "Room Summaries").
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_summary(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto room = co_await read_room(call.parameter(0), services.directory);
  if (!room) co_return failed(room.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(*room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto summary = co_await services.spaces.summary(*admitted.permit, *room);
  if (!summary) co_return failed(summary.error());
  json::Object& body = summary->room;
  // Names under which clients of MSC3266 look for them.
  for (const auto& [name, older] : {std::pair("room_version", "im.nheko.summary.version"),
                                    std::pair("encryption", "im.nheko.summary.encryption")}) {
    const std::string text(json::string_or(body, name, ""));
    if (!text.empty()) body[older] = text;
  }
  if (call.session != nullptr) {
    const bool is_stranger = summary->membership == matrix::Membership::None;
    body["membership"] = is_stranger ? std::string_view("leave") : matrix::to_string(summary->membership);
  }
  co_return ok(body);
}

}  // namespace

void add_room_summary_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(
      router, net::Method::Get,
      {"/_matrix/client/v1/room_summary/{room}", "/_matrix/client/unstable/im.nheko.summary/summary/{room}",
       "/_matrix/client/unstable/im.nheko.summary/rooms/{room}/summary"},
      {.access = Access::OptionalUser, .limit = "room"},
      [&](Call& call) { return get_summary(call, pipeline, services); });
}

}  // namespace kuramori::api::client
