// Account data, global and of a room (client-server API, module account_data).
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"
#include "matrix/event.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// Where an item stands: the room (empty: global) and the type, from the path.
struct Place {
  RoomId room;
  std::string type;
};

Result<Place> global_place(const Call& call) {
  return Place{.room = {}, .type = call.parameter(1)};
}

Result<Place> room_place(const Call& call) {
  KURAMORI_TRY(room, matrix::parse_room_id(call.parameter(1)));
  return Place{.room = std::move(room), .type = call.parameter(2)};
}

// "Servers MUST reject setting account data for event types that the server manages".
std::optional<Response> refuse_if_managed(std::string_view type) {
  if (type != "m.fully_read" && type != "m.push_rules") return std::nullopt;
  json::Object body;
  body["errcode"] = "M_BAD_JSON";
  body["error"] = "Cannot set " + std::string(type) + " through this API.";
  return with_status(405, body);
}

Task<Response> put(Call& call, Pipeline& pipeline, SyncServices& services, Result<Place> place) {
  if (auto refusal = refuse_unless_own(call, "account data")) co_return *std::move(refusal);
  if (!place) co_return failed(place.error());
  if (auto refusal = refuse_if_managed(place->type)) co_return *std::move(refusal);
  if (place->type.size() > matrix::kIdentifierBytesMax) {
    co_return failed(invalid_argument("A type of account data has at most 255 octets."));
  }
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountDataSet,
                                          resource_of_room(place->room, place->type));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto set = co_await services.account_data.set(*std::move(admitted.permit), call.session->user,
                                                      std::move(place->room), std::move(place->type),
                                                      std::move(call.body));
  co_return set ? empty_ok() : failed(set.error());
}

Task<Response> get(Call& call, Pipeline& pipeline, SyncServices& services, Result<Place> place) {
  if (auto refusal = refuse_unless_own(call, "account data")) co_return *std::move(refusal);
  if (!place) co_return failed(place.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountDataRead,
                                          resource_of_room(place->room, place->type));
  if (admitted.denied) co_return *std::move(admitted.denied);
  // Push rules exist without having been stored.
  if (place->room.empty() && place->type == "m.push_rules") {
    const auto rules = co_await services.push_rules.of(call.session->user);
    co_return rules ? ok((*rules)->to_json()) : failed(rules.error());
  }
  const auto content = co_await services.account_data.get(*admitted.permit, call.session->user,
                                                          std::move(place->room), std::move(place->type));
  co_return content ? ok(*content) : failed(content.error());
}

}  // namespace

void add_account_data_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  const auto global = v3_paths("/user/{user}/account_data/{type}");
  const auto of_room = v3_paths("/user/{user}/rooms/{room}/account_data/{type}");
  const EndpointOptions writes{.access = Access::User, .limit = "", .takes_body = true};
  const EndpointOptions reads{.access = Access::User, .limit = ""};
  pipeline.add(router, net::Method::Put, global, writes,
               [&](Call& call) { return put(call, pipeline, services, global_place(call)); });
  pipeline.add(router, net::Method::Get, global, reads,
               [&](Call& call) { return get(call, pipeline, services, global_place(call)); });
  pipeline.add(router, net::Method::Put, of_room, writes,
               [&](Call& call) { return put(call, pipeline, services, room_place(call)); });
  pipeline.add(router, net::Method::Get, of_room, reads,
               [&](Call& call) { return get(call, pipeline, services, room_place(call)); });
}

}  // namespace kuramori::api::client
