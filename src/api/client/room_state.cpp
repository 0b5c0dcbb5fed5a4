// PUT /rooms/{room}/state/{type}/{key} (client-server API, "Sending events to a room").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {
namespace {

runtime::Task<net::Response> put_state(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const std::string type = call.parameter(1);
  const std::string state_key = call.request.parameters.size() > 2 ? call.parameter(2) : std::string();
  const auto timestamp = timestamp_of(call);
  if (!timestamp) co_return failed(timestamp.error());
  if (auto delay = delay_of(call.request)) {
    rooms::ScheduleEvent event{
        .room = room, .type = type, .state_key = state_key, .content = std::move(call.body)};
    auto scheduling = schedule(call, pipeline, services, std::move(event), *std::move(delay));
    co_return co_await std::move(scheduling);
  }
  gate::Resource resource = resource_in(room);
  resource.event_type = type;
  auto operation = gate::Operation::RoomSetState;
  if (type == "m.room.member") {
    // Whichever endpoint it comes by, an invitation is an invitation.
    operation = rooms::operation_for_member(call.session->user, state_key, call.body);
    if (state_key != call.session->user.view()) resource.user = UserId(state_key);
  }
  auto admitted = co_await pipeline.admit(call, operation, std::move(resource), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  rooms::SetState request{.room = room,
                          .type = type,
                          .state_key = state_key,
                          .content = std::move(call.body),
                          .timestamp = *timestamp};
  const auto event = co_await services.rooms.set_state(*std::move(admitted.permit), std::move(request));
  if (!event) co_return failed(event.error());
  json::Object body;
  body.emplace("event_id", event->view());
  co_return answer(std::move(body), warning);
}

}  // namespace

void add_room_state_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  for (const std::string_view path : {"/rooms/{room}/state/{type}", "/rooms/{room}/state/{type}/{key}"}) {
    pipeline.add(router, net::Method::Put, v3_paths(path),
                 {.access = Access::User, .limit = "message", .takes_body = true},
                 [&](Call& call) { return put_state(call, pipeline, services); });
  }
}

}  // namespace kuramori::api::client
