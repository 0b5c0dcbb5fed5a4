// GET /rooms/{room}/initialSync and the deprecated /initialSync and /events/{event} (client-server API,
// modules room_previews and "Syncing").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kDefaultEvents = 20;
constexpr std::size_t kInitialEventsMax = 100;

// One room as a JSON object: members see the present, those who left what they saw, anybody a world-readable
// room.
Task<Result<std::string>> describe_room(Call& call, const gate::Permit& permit, RoomsServices& services,
                                        RoomId room) {
  KURAMORI_CO_TRY(limit, read_limit(call.request, kDefaultEvents));
  auto looking = services.rooms.visible_state(permit, room);
  KURAMORI_CO_TRY(seen, co_await std::move(looking));
  rooms::TimelineQuery query{.room = room,
                             .after = {},
                             .up_to = services.rooms.last_position(),
                             .direction = storage::Direction::Backward,
                             .limit = std::min(limit, kInitialEventsMax),
                             .filter = std::nullopt};
  const StreamPosition end = query.up_to;
  auto reading = services.rooms.timeline(permit, std::move(query));
  KURAMORI_CO_TRY(timeline, co_await std::move(reading));
  std::vector<rooms::RoomEventPtr> events(timeline.events.rbegin(), timeline.events.rend());
  auto rendering = personal_events(services.rooms, permit, std::move(events));
  KURAMORI_CO_TRY(chunk, co_await std::move(rendering));
  std::vector<rooms::RoomEventPtr> state;
  seen.state->for_each(
      [&](const matrix::EventPtr& event) { state.push_back(services.rooms.render(event, seen.position)); });
  const matrix::Membership membership = seen.state->membership(call.session->user);
  std::string out = "{\"room_id\":";
  json::append_string(out, room.view());
  if (membership != matrix::Membership::None) {
    out.append(",\"membership\":\"").append(matrix::to_string(membership)).append("\"");
  }
  out += ",\"messages\":{\"start\":\"" + pagination_token(timeline.reached) + "\",\"end\":\"";
  out += pagination_token(end) + "\",\"chunk\":" + event_array(chunk, *call.session);
  out += "},\"state\":" + event_array(state, *call.session) + ",\"account_data\":[]}";
  co_return out;
}

Task<Response> get_room_initial_sync(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto describing = describe_room(call, *admitted.permit, services, room);
  auto described = co_await std::move(describing);
  co_return described ? ok_text(*std::move(described)) : failed(described.error());
}

Task<Response> get_initial_sync(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const StreamPosition end = services.rooms.last_position();
  const auto joined = co_await services.rooms.joined_rooms(*admitted.permit);
  if (!joined) co_return failed(joined.error());
  std::string out =
      "{\"end\":\"" + pagination_token(end) + "\",\"presence\":[],\"account_data\":[],\"rooms\":[";
  for (const RoomId& room : *joined) {
    auto describing = describe_room(call, *admitted.permit, services, room);
    const auto described = co_await std::move(describing);
    if (!described) co_return failed(described.error());
    if (out.back() != '[') out.push_back(',');
    out += *described;
  }
  co_return ok_text(out + "]}");
}

Task<Response> get_one_event(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const EventId event(call.parameter(0));
  const auto room = co_await services.spaces.room_of(event);
  if (!room) co_return failed(room.error());
  gate::Resource resource = resource_in(*room);
  resource.event = event;
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.rooms.event(*admitted.permit, *room, event);
  if (!found) co_return failed(found.error());
  auto rendering = personal_events(services.rooms, *admitted.permit, {*found});
  const auto personal = co_await std::move(rendering);
  if (!personal) co_return failed(personal.error());
  std::string out;
  append_event(out, **found, *call.session, personal->front().personal);
  co_return ok_text(std::move(out));
}

}  // namespace

void add_room_initial_sync_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const EndpointOptions options{.access = Access::User, .limit = "sync"};
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/initialSync"), options,
               [&](Call& call) { return get_room_initial_sync(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/initialSync"), options,
               [&](Call& call) { return get_initial_sync(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/events/{event}"), options,
               [&](Call& call) { return get_one_event(call, pipeline, services); });
}

}  // namespace kuramori::api::client
