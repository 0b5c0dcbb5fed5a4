// GET /sync (client-server API, "Syncing").
#include "api/client/paths.hpp"
#include "api/client/sync_parameters.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Result<bool> read_flag(const net::Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  return invalid_argument("'" + std::string(name) + "' must be true or false.");
}

// Everything but the filter, which may have to be fetched.
Result<sync::SyncRequest> read_request(const Call& call) {
  const net::Request& request = call.request;
  sync::SyncRequest sync;
  sync.session = call.session;
  if (const auto since = request.query_value("since")) {
    KURAMORI_TRY(token, sync::parse_sync_token(*since));
    sync.since = token.position;
    sync.to_device_since = token.to_device;
  }
  KURAMORI_TRY(full_state, read_flag(request, "full_state"));
  sync.full_state = full_state;
  KURAMORI_TRY(state_after, read_flag(request, "use_state_after"));
  KURAMORI_TRY(unstable_state_after, read_flag(request, "org.matrix.msc4222.use_state_after"));
  sync.use_state_after = state_after || unstable_state_after;
  sync.names_state_after_unstably = unstable_state_after && !state_after;
  KURAMORI_TRY(timeout, read_sync_timeout(request));
  sync.timeout = timeout;
  KURAMORI_TRY(presence, read_sync_presence(request));
  sync.set_presence = presence;
  sync.disconnected = request.disconnected;
  return sync;
}

struct Prepared {
  sync::SyncRequest request = {};
  std::optional<gate::Permit> permit = {};
};

// Why there is nothing to wait for. Never inlined: its frame goes before the wait.
[[gnu::noinline]] Task<std::optional<Response>> prepare_sync(Call& call, Pipeline& pipeline,
                                                             SyncServices& services, Prepared& prepared) {
  auto request = read_request(call);
  if (!request) co_return failed(request.error());
  auto filter = co_await services.filters.resolve(
      call.session->user, std::string(call.request.query_value("filter").value_or("")));
  if (!filter) co_return failed(filter.error());
  request->filter = *std::move(filter);
  auto admitted = co_await pipeline.admit(call, gate::Operation::Sync, gate::Resource());
  if (admitted.denied) co_return std::move(admitted.denied);
  prepared.request = *std::move(request);
  prepared.permit = std::move(admitted.permit);
  co_return std::nullopt;
}

Task<Response> get_sync(Call& call, Pipeline& pipeline, SyncServices& services) {
  Prepared prepared;
  {
    auto preparing = prepare_sync(call, pipeline, services, prepared);
    auto denied = co_await std::move(preparing);
    if (denied) co_return *std::move(denied);
  }
  auto answer = co_await services.engine.sync(*prepared.permit, std::move(prepared.request));
  if (!answer) co_return failed(answer.error());
  if (answer->has_content && services.delivered) {
    services.delivered(call.subject, {.from = answer->from, .to = answer->to});
  }
  co_return ok_text(std::move(answer->body));
}

}  // namespace

void add_sync_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/sync"),
               {.access = Access::User, .limit = "sync", .may_park = true},
               [&](Call& call) { return get_sync(call, pipeline, services); });
}

}  // namespace kuramori::api::client
