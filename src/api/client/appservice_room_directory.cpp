// PUT /directory/list/appservice/{networkId}/{roomId}: a service lists the rooms of its network (application-
// service API, "Published room directories").
#include "api/client/appservices_routes.hpp"
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/service_callers.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {
namespace {

runtime::Task<net::Response> put_network_listing(Call& call, Pipeline& pipeline) {
  if (call.service.empty()) co_return failed(forbidden("This is for application services alone."));
  const std::string& network = call.parameter(0);
  const auto room = matrix::parse_room_id(call.parameter(1));
  if (!room) co_return failed(invalid_argument("The path must name a room ID."));
  const auto visibility = json::required_string(call.body, "visibility");
  if (!visibility) co_return failed(visibility.error());
  if (*visibility != "public" && *visibility != "private")
    co_return failed(invalid_argument("'visibility' must be public or private."));
  if (!pipeline.services()->speaks(call.service, network))
    co_return failed(forbidden("The application service's registration does not name this network."));
  gate::Resource resource = resource_in(*room);
  resource.name = network;
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectorySet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  NetworkListing listing{
      .service = call.service,
      .network = network,
      .room = *room,
      .listed = *visibility == "public" ? NetworkListing::Listed::Yes : NetworkListing::Listed::No};
  auto publishing = pipeline.services()->publish(*std::move(admitted.permit), std::move(listing));
  const auto published = co_await std::move(publishing);
  co_return published ? empty_ok() : failed(published.error());
}

}  // namespace

void add_appservice_room_directory_routes(net::Router& router, Pipeline& pipeline) {
  pipeline.add(router, net::Method::Put, v3_paths("/directory/list/appservice/{network}/{room}"),
               {.access = Access::User, .limit = "", .takes_body = true},
               [&](Call& call) { return put_network_listing(call, pipeline); });
}

}  // namespace kuramori::api::client
