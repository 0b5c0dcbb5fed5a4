// Tags of rooms (client-server API, module tags).
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_tags(Call& call, Pipeline& pipeline, SyncServices& services) {
  if (auto refusal = refuse_unless_own(call, "tags")) co_return *std::move(refusal);
  auto room = matrix::parse_room_id(call.parameter(1));
  if (!room) co_return failed(room.error());
  auto admitted =
      co_await pipeline.admit(call, gate::Operation::AccountDataRead, resource_of_room(*room, "m.tag"));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto tags = co_await sync::tags(services.account_data, *admitted.permit, call.session->user, *room);
  if (!tags) co_return failed(tags.error());
  json::Object body;
  body["tags"] = *std::move(tags);
  co_return ok(body);
}

Task<Response> change_tag(Call& call, Pipeline& pipeline, SyncServices& services,
                          std::optional<json::Object> tag) {
  if (auto refusal = refuse_unless_own(call, "tags")) co_return *std::move(refusal);
  auto room = matrix::parse_room_id(call.parameter(1));
  if (!room) co_return failed(room.error());
  auto admitted =
      co_await pipeline.admit(call, gate::Operation::AccountDataSet, resource_of_room(*room, "m.tag"));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto changed =
      co_await sync::change_tag(services.account_data, *std::move(admitted.permit), call.session->user,
                                *std::move(room), call.parameter(2), std::move(tag));
  co_return changed ? empty_ok() : failed(changed.error());
}

}  // namespace

void add_tag_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  const auto one = v3_paths("/user/{user}/rooms/{room}/tags/{tag}");
  pipeline.add(router, net::Method::Get, v3_paths("/user/{user}/rooms/{room}/tags"),
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_tags(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, one, {.access = Access::User, .limit = "", .takes_body = true},
               [&](Call& call) { return change_tag(call, pipeline, services, std::move(call.body)); });
  pipeline.add(router, net::Method::Delete, one, {.access = Access::User, .limit = ""},
               [&](Call& call) { return change_tag(call, pipeline, services, std::nullopt); });
}

}  // namespace kuramori::api::client
