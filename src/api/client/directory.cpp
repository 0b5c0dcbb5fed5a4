// Aliases (client-server API, "Room aliases").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "api/client/service_aliases.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Result<RoomAlias> read_alias(const Call& call) {
  auto alias = matrix::parse_room_alias(call.parameter(0));
  if (!alias) return invalid_argument("Room alias invalid");
  return alias;
}

gate::Resource resource_of(const RoomAlias& alias) {
  gate::Resource resource;
  resource.name = alias.str();
  return resource;
}

Task<Response> put_alias(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto alias = read_alias(call);
  if (!alias) co_return failed(alias.error());
  const auto ours = check_alias(call, pipeline, *alias);
  if (!ours) co_return failed(ours.error());
  const auto text = json::required_string(call.body, "room_id");
  if (!text) co_return failed(text.error());
  const auto room = matrix::parse_room_id(*text);
  if (!room) co_return failed(invalid_argument("'room_id' is not a room ID."));
  gate::Resource resource = resource_of(*alias);
  resource.room = *room;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AliasSet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  const auto set = co_await services.directory.set_alias(*std::move(admitted.permit), *alias, *room);
  if (!set) co_return failed(set.error());
  co_return answer({}, warning);
}

Task<Response> get_alias(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto alias = read_alias(call);
  if (!alias) co_return failed(alias.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::AliasRead, resource_of(*alias));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto resolving = resolve_or_make(call, pipeline, services.directory, *alias);
  const auto room = co_await std::move(resolving);
  if (!room) co_return failed(room.error());
  json::Object body;
  body.emplace("room_id", room->view());
  json::Array servers;
  servers.emplace_back(services.options.server.view());
  body.emplace("servers", std::move(servers));
  co_return ok(body);
}

Task<Response> delete_alias(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto alias = read_alias(call);
  if (!alias) co_return failed(alias.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::AliasDelete, resource_of(*alias));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  const auto removed = co_await services.directory.delete_alias(*std::move(admitted.permit), *alias);
  if (!removed) co_return failed(removed.error());
  co_return answer({}, warning);
}

Task<Response> get_room_aliases(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto room = matrix::parse_room_id(call.parameter(0));
  if (!room) co_return failed(invalid_argument("The path must name a room ID."));
  auto admitted = co_await pipeline.admit(call, gate::Operation::AliasRead, resource_in(*room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.directory.aliases_of(*admitted.permit, *room);
  if (!found) co_return failed(found.error());
  json::Array aliases;
  for (const RoomAlias& alias : *found) aliases.emplace_back(alias.view());
  json::Object body;
  body.emplace("aliases", std::move(aliases));
  co_return ok(body);
}

}  // namespace

void add_directory_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Put, v3_paths("/directory/room/{alias}"),
               {.access = Access::UserNoGuests, .limit = "", .takes_body = true},
               [&](Call& call) { return put_alias(call, pipeline, services); });
  // Needs no login by the specification: whoever knows an alias may learn the room.
  pipeline.add(router, net::Method::Get, v3_paths("/directory/room/{alias}"),
               {.access = Access::OptionalUser, .limit = ""},
               [&](Call& call) { return get_alias(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, v3_paths("/directory/room/{alias}"),
               {.access = Access::UserNoGuests, .limit = ""},
               [&](Call& call) { return delete_alias(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/aliases"),
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_room_aliases(call, pipeline, services); });
}

}  // namespace kuramori::api::client
