// POST /rooms/{room}/upgrade (client-server API, module room_upgrades).
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Result<rooms::UpgradeRoom> read_request(const Call& call) {
  rooms::UpgradeRoom request{.room = RoomId(call.parameter(0))};
  KURAMORI_TRY(version, json::required_string(call.body, "new_version"));
  request.version = matrix::find_room_version(version);
  if (request.version == nullptr) {
    return Error(ErrorCode::InvalidArgument, "M_UNSUPPORTED_ROOM_VERSION",
                 "This server does not support that room version.");
  }
  KURAMORI_TRY(creators, json::optional_array(call.body, "additional_creators"));
  if (creators == nullptr) return request;
  for (const json::Value& creator : *creators) {
    auto user = creator.is_string() ? matrix::parse_user_id(json::view(creator.get_string()))
                                    : Result<UserId>(bad_json(""));
    if (!user) return invalid_argument("'additional_creators' must hold user IDs.");
    request.additional_creators.push_back(*std::move(user));
  }
  return request;
}

Task<Response> post_upgrade(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto request = read_request(call);
  if (!request) co_return failed(request.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomUpgrade, resource_in(request->room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  const auto created = co_await services.upgrades.upgrade(*std::move(admitted.permit), *std::move(request));
  if (!created) co_return failed(created.error());
  json::Object body;
  body.emplace("replacement_room", created->view());
  co_return answer(std::move(body), warning);
}

}  // namespace

void add_room_upgrades_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/upgrade"),
               {.access = Access::UserNoGuests, .limit = "create_room", .takes_body = true},
               [&](Call& call) { return post_upgrade(call, pipeline, services); });
}

}  // namespace kuramori::api::client
