// GET /rooms/{room}/context/{event} (client-server API, "Event context").
#include <set>

#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kDefaultContext = 10;

std::vector<rooms::RoomEventPtr> state_of(const rooms::EventContext& context,
                                          const std::optional<matrix::RoomEventFilter>& filter,
                                          const rooms::RoomService& service) {
  std::set<std::string_view> senders{context.event->sender.view()};
  for (const auto* events : {&context.before, &context.after}) {
    for (const rooms::RoomEventPtr& event : *events) senders.insert(event->sender.view());
  }
  const bool is_lazy = filter && filter->lazy_load_members;
  std::vector<rooms::RoomEventPtr> state;
  context.state->for_each([&](const matrix::EventPtr& event) {
    if (filter && !filter->matches_event(*event)) return;
    if (is_lazy && event->type() == "m.room.member" && !senders.contains(*event->state_key())) return;
    state.push_back(service.render(event, context.end));
  });
  return state;
}

Task<Response> get_context(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const EventId event(call.parameter(1));
  const auto limit = read_limit(call.request, kDefaultContext);
  if (!limit) co_return failed(limit.error());
  auto filter = read_filter(call.request);
  if (!filter) co_return failed(filter.error());
  gate::Resource resource = resource_in(room);
  resource.event = event;
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  rooms::ContextQuery query{.room = room, .event = event, .limit = *limit, .filter = *filter};
  const auto context = co_await services.rooms.context(*admitted.permit, std::move(query));
  if (!context) co_return failed(context.error());
  // The event itself, then those before it, then those after it.
  std::vector<rooms::RoomEventPtr> all{context->event};
  all.insert(all.end(), context->before.begin(), context->before.end());
  all.insert(all.end(), context->after.begin(), context->after.end());
  auto reading = personal_events(services.rooms, *admitted.permit, std::move(all));
  auto personal = co_await std::move(reading);
  if (!personal) co_return failed(personal.error());
  const auto first_before = personal->begin() + 1;
  const auto first_after = first_before + static_cast<std::ptrdiff_t>(context->before.size());
  const std::vector<rooms::PersonalEvent> before(first_before, first_after);
  const std::vector<rooms::PersonalEvent> after(first_after, personal->end());
  const identity::Session& session = *call.session;
  std::string out = "{\"start\":\"" + pagination_token(context->start) + "\",\"end\":\"";
  out += pagination_token(context->end) + "\",\"event\":";
  append_event(out, *context->event, session, personal->front().personal);
  out += ",\"events_before\":" + event_array(before, session);
  out += ",\"events_after\":" + event_array(after, session);
  out += ",\"state\":" + event_array(state_of(*context, *filter, services.rooms), session) + "}";
  co_return ok_text(std::move(out));
}

}  // namespace

void add_event_context_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/context/{event}"),
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_context(call, pipeline, services); });
}

}  // namespace kuramori::api::client
