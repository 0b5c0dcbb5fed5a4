// What rooms tell of events, state and members (client-server API, "Getting events for a room").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_event(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const EventId event(call.parameter(1));
  gate::Resource resource = resource_in(room);
  resource.event = event;
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.rooms.event(*admitted.permit, room, event);
  if (!found) co_return failed(found.error());
  auto reading = services.rooms.personal_unsigned(*admitted.permit, room, {*found});
  const auto personal = co_await std::move(reading);
  if (!personal) co_return failed(personal.error());
  std::string out;
  append_event(out, **found, *call.session, personal->front());
  co_return ok_text(std::move(out));
}

// The state that the caller may see: the present one, or that of when they left.
struct Reading {
  rooms::VisibleState seen;
  std::optional<Response> denied;
};

Task<Reading> read_state(Call& call, Pipeline& pipeline, RoomsServices& services,
                         std::optional<StreamPosition> at) {
  const RoomId room(call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(room));
  if (admitted.denied) co_return Reading{{}, std::move(admitted.denied)};
  auto reading = at ? services.rooms.visible_state_at(*admitted.permit, room, *at)
                    : services.rooms.visible_state(*admitted.permit, room);
  auto seen = co_await std::move(reading);
  if (!seen) co_return Reading{{}, failed(seen.error())};
  co_return Reading{*std::move(seen), {}};
}

std::string render_state(const rooms::VisibleState& seen, const RoomsServices& services,
                         const identity::Session& session,
                         const std::function<bool(const matrix::Event&)>& wanted) {
  std::vector<rooms::RoomEventPtr> events;
  seen.state->for_each([&](const matrix::EventPtr& event) {
    if (wanted(*event)) events.push_back(services.rooms.render(event, seen.position));
  });
  return event_array(events, session);
}

Task<Response> get_state(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto reading = co_await read_state(call, pipeline, services, std::nullopt);
  if (reading.denied) co_return *std::move(reading.denied);
  const auto everything = [](const matrix::Event&) { return true; };
  co_return ok_text(render_state(reading.seen, services, *call.session, everything));
}

Task<Response> get_state_entry(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const std::string type = call.parameter(1);
  const std::string state_key = call.request.parameters.size() > 2 ? call.parameter(2) : std::string();
  const std::string_view format = call.request.query_value("format").value_or("content");
  if (format != "content" && format != "event")
    co_return failed(invalid_argument("'format' must be content or event."));
  auto reading = co_await read_state(call, pipeline, services, std::nullopt);
  if (reading.denied) co_return *std::move(reading.denied);
  const auto event = reading.seen.state->find(type, state_key);
  if (event == nullptr) co_return failed(not_found("The room has no state with that type and key."));
  if (format == "content") co_return ok(event->content());
  std::string out;
  append_event(out, *services.rooms.render(event, reading.seen.position), *call.session);
  co_return ok_text(std::move(out));
}

Result<std::optional<matrix::Membership>> read_membership(const net::Request& request,
                                                          std::string_view name) {
  const auto given = request.query_value(name);
  if (!given) return std::optional<matrix::Membership>();
  const auto membership = matrix::parse_membership(*given);
  if (membership == matrix::Membership::None) {
    return invalid_argument("'" + std::string(name) + "' must be join, invite, knock, leave or ban.");
  }
  return std::optional(membership);
}

Task<Response> get_members(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto at = read_token(call.request, "at");
  if (!at) co_return failed(at.error());
  const auto is = read_membership(call.request, "membership");
  if (!is) co_return failed(is.error());
  const auto is_not = read_membership(call.request, "not_membership");
  if (!is_not) co_return failed(is_not.error());
  auto reading = co_await read_state(call, pipeline, services, *at);
  if (reading.denied) co_return *std::move(reading.denied);
  const rooms::RoomState& state = *reading.seen.state;
  const auto wanted = [&](const matrix::Event& event) {
    if (event.type() != "m.room.member") return false;
    if (!*is && !*is_not) return true;
    const auto membership = state.membership(UserId(*event.state_key()));
    return (*is && membership == **is) || (*is_not && membership != **is_not);
  };
  co_return ok_text("{\"chunk\":" + render_state(reading.seen, services, *call.session, wanted) + "}");
}

const json::Value* text_of(const json::Object& from, std::string_view key) {
  const json::Value* text = json::find(from, key);
  return text != nullptr && text->is_string() ? text : nullptr;
}

Task<Response> get_joined_members(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto reading = co_await read_state(call, pipeline, services, std::nullopt);
  if (reading.denied) co_return *std::move(reading.denied);
  const rooms::RoomState& state = *reading.seen.state;
  if (state.membership(call.session->user) != matrix::Membership::Join) {
    co_return failed(forbidden("You are not a member of the room."));
  }
  json::Object joined;
  state.for_each_joined([&](const UserId& user) {
    const auto member = state.find("m.room.member", user.view());
    json::Object described;
    // Absent is null for the name alone: matrix-nio insists on it, the specification describes texts.
    const json::Value* name = text_of(member->content(), "displayname");
    described.emplace("display_name", name != nullptr ? *name : json::Value());
    if (const json::Value* avatar = text_of(member->content(), "avatar_url"))
      described.emplace("avatar_url", *avatar);
    joined.emplace(user.view(), std::move(described));
  });
  json::Object body;
  body.emplace("joined", std::move(joined));
  co_return ok(body);
}

}  // namespace

void add_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const EndpointOptions options{.access = Access::User, .limit = ""};
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/event/{event}"), options,
               [&](Call& call) { return get_event(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/state"), options,
               [&](Call& call) { return get_state(call, pipeline, services); });
  for (const std::string_view path : {"/rooms/{room}/state/{type}", "/rooms/{room}/state/{type}/{key}"}) {
    pipeline.add(router, net::Method::Get, v3_paths(path), options,
                 [&](Call& call) { return get_state_entry(call, pipeline, services); });
  }
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/members"), options,
               [&](Call& call) { return get_members(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/joined_members"), options,
               [&](Call& call) { return get_joined_members(call, pipeline, services); });
}

}  // namespace kuramori::api::client
