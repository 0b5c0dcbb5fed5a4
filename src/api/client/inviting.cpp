// POST /rooms/{room}/invite (client-server API, "Joining rooms" and module third-party invites).
#include "api/client/moderation.hpp"
#include "api/client/paths.hpp"
#include "api/client/service_callers.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {
namespace {

runtime::Task<net::Response> post_invite(Call& call, Pipeline& pipeline, RoomsServices& services) {
  // The other form of this endpoint names a third-party identifier, for which an identity server would be
  // asked.
  const bool names_third_party =
      json::find(call.body, "medium") != nullptr || json::find(call.body, "address") != nullptr;
  if (names_third_party && json::find(call.body, "user_id") == nullptr) {
    co_return failed(forbidden("This server uses no identity server: invite people by their user ID."));
  }
  // A user whom a service has not made yet is asked of it ("Querying").
  const auto user = matrix::parse_user_id(json::string_or(call.body, "user_id", ""));
  if (user && pipeline.services() != nullptr && call.service.empty()) {
    auto making = pipeline.services()->make_user(call.subject, *user);
    co_await std::move(making);
  }
  auto inviting =
      change_other(call, pipeline, services, gate::Operation::RoomInvite, &rooms::RoomService::invite);
  co_return co_await std::move(inviting);
}

}  // namespace

void add_inviting_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/invite"),
               {.access = Access::UserNoGuests, .limit = "invite", .takes_body = true},
               [&](Call& call) { return post_invite(call, pipeline, services); });
}

}  // namespace kuramori::api::client
