// /presence/{user}/status (client-server API, module presence).
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kStatusBytesMax = 2'048;

struct Wanted {
  sync::PresenceState state = sync::PresenceState::Online;
  std::optional<std::string> status_message;
};

Result<Wanted> read_wanted(const json::Object& body) {
  Wanted wanted;
  KURAMORI_TRY(presence, json::required_string(body, "presence"));
  const auto state = sync::parse_presence(presence);
  if (!state) return invalid_argument("'presence' must be online, offline or unavailable.");
  wanted.state = *state;
  const json::Value* status = json::find(body, "status_msg");
  if (status == nullptr || status->is_null()) return wanted;
  if (!status->is_string()) return bad_json("'status_msg' must be a string.");
  wanted.status_message = std::string(json::view(status->get_string()));
  if (wanted.status_message->size() > kStatusBytesMax) {
    return invalid_argument("'status_msg' has at most 2048 octets.");
  }
  return wanted;
}

Task<Response> put_status(Call& call, Pipeline& pipeline, SyncServices& services) {
  if (auto refusal = refuse_unless_own(call, "presence")) co_return *std::move(refusal);
  auto wanted = read_wanted(call.body);
  if (!wanted) co_return failed(wanted.error());
  // The status message is shown to others: the policy may have something to say about it.
  auto admitted = co_await pipeline.admit(call, gate::Operation::PresenceSet, resource_named({}), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (const auto& masked = admitted.permit->amended_content(); masked && wanted->status_message) {
    wanted->status_message = std::string(json::string_or(*masked, "status_msg", ""));
  }
  // So that those who share a room are woken, also when this user has not synced yet.
  const auto feed = co_await services.hub.user(call.session->user);
  if (!feed) co_return failed(feed.error());
  const auto set = co_await services.presence.set(*std::move(admitted.permit), call.session->user,
                                                  wanted->state, std::move(wanted->status_message));
  co_return set ? empty_ok() : failed(set.error());
}

Task<Response> get_status(Call& call, Pipeline& pipeline, SyncServices& services) {
  const UserId user(call.parameter(0));
  // Presence is for those who share a room; to others it does not even say who exists.
  const auto shares = co_await services.hub.share_room(call.session->user, user);
  if (!shares) co_return failed(shares.error());
  if (!*shares) co_return failed(forbidden("You are not allowed to see their presence."));
  gate::Resource resource;
  resource.user = user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::PresenceRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto info = co_await services.presence.get(*admitted.permit, user);
  if (!info) co_return failed(info.error());
  co_return ok(sync::presence_content(*info, pipeline.clock().now_ms()));
}

}  // namespace

void add_presence_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  pipeline.add(router, net::Method::Put, v3_paths("/presence/{user}/status"),
               {.access = Access::User, .limit = "presence", .takes_body = true},
               [&](Call& call) { return put_status(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/presence/{user}/status"),
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_status(call, pipeline, services); });
}

}  // namespace kuramori::api::client
