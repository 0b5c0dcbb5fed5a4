// GET /rooms/{room}/events/{event}/provenance: where a message or file came from, as far as one may see it.
#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "api/work/requests_routes.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

enum class Visible : bool { No, Yes };

// Of a hop in a room that one cannot see into there is only the time: it was somewhere before.
json::Object to_json(const provenance::Hop& hop, Visible visible) {
  json::Object object{{"sent_ms", hop.sent_ms}, {"hidden", visible == Visible::No}};
  if (!hop.label.empty()) object["label"] = hop.label;
  if (visible == Visible::No) return object;
  object["room_id"] = hop.room.view();
  object["event_id"] = hop.event.view();
  object["sender"] = hop.sender.view();
  return object;
}

Task<Result<Visible>> visibility_of(const gate::Permit& permit, ProvenanceServices& services,
                                    const provenance::Hop& hop) {
  auto reading = services.rooms.event(permit, hop.room, hop.event);
  const auto event = co_await std::move(reading);
  if (event) co_return Visible::Yes;
  const ErrorCode code = event.error().code();
  if (code == ErrorCode::NotFound || code == ErrorCode::Forbidden) co_return Visible::No;
  co_return event.error();
}

Task<Response> get_provenance(Call& call, Pipeline& pipeline, ProvenanceServices& services) {
  gate::Resource resource;
  resource.room = RoomId(call.parameter(0));
  resource.event = EventId(call.parameter(1));
  auto admitting = pipeline.admit(call, gate::Operation::RoomRead, resource);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto opening = services.rooms.event(*admitted.permit, resource.room, resource.event);
  const auto event = co_await std::move(opening);
  if (!event) co_return resource::failed(event.error(), call.request);
  auto reading = services.history.way_of(resource.room, resource.event);
  const auto way = co_await std::move(reading);
  if (!way) co_return resource::failed(way.error(), call.request);
  json::Array hops;
  for (const provenance::Hop& hop : *way) {
    auto looking = visibility_of(*admitted.permit, services, hop);
    const auto visible = co_await std::move(looking);
    if (!visible) co_return resource::failed(visible.error(), call.request);
    hops.emplace_back(to_json(hop, *visible));
  }
  json::Object body{{"label", way->back().label}, {"forwarded", way->size() > 1}};
  body["hops"] = std::move(hops);
  co_return resource::ok(body);
}

}  // namespace

void add_provenance_routes(net::Router& router, Pipeline& pipeline, ProvenanceServices& services) {
  pipeline.add(router, net::Method::Get, "/_kuramori/v1/rooms/{room}/events/{event}/provenance", {},
               [&](Call& call) { return get_provenance(call, pipeline, services); });
}

}  // namespace kuramori::api::work
