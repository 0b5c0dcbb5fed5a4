// POST /v4/sync and its unstable form, which today's clients speak: sliding sync (MSC4186). `pos`, `timeout`
// and `set_presence` are parameters of the query; what is asked for is in the body.
#include "api/client/sync_parameters.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// A thousand subscriptions and a hundred lists with what they ask for.
constexpr std::size_t kBodyBytesMax = 1 << 20;

Result<sync::SlidingRequest> read_request(const Call& call, sync::SlidingForm form) {
  KURAMORI_TRY(sliding, sync::parse_sliding_request(call.body, call.session->user));
  const net::Request& request = call.request;
  sliding.session = call.session;
  sliding.form = form;
  sliding.disconnected = request.disconnected;
  if (const auto position = request.query_value("pos")) sliding.position = *position;
  if (request.query_value("timeout")) {
    KURAMORI_TRY(timeout, read_sync_timeout(request));
    sliding.timeout = timeout;
  }
  if (request.query_value("set_presence")) {
    KURAMORI_TRY(presence, read_sync_presence(request));
    sliding.set_presence = presence;
  }
  return sliding;
}

struct PreparedSliding {
  sync::SlidingRequest request = {};
  std::optional<gate::Permit> permit = {};
};

// Why there is nothing to wait for. Never inlined: its frame goes before the wait.
[[gnu::noinline]] Task<std::optional<Response>> prepare_sliding(Call& call, Pipeline& pipeline,
                                                                sync::SlidingForm form,
                                                                PreparedSliding& prepared) {
  auto request = read_request(call, form);
  if (!request) co_return failed(request.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::Sync, gate::Resource());
  if (admitted.denied) co_return std::move(admitted.denied);
  prepared.request = *std::move(request);
  prepared.permit = std::move(admitted.permit);
  co_return std::nullopt;
}

Task<Response> post_sync(Call& call, Pipeline& pipeline, SyncServices& services, sync::SlidingForm form) {
  PreparedSliding prepared;
  {
    auto preparing = prepare_sliding(call, pipeline, form, prepared);
    auto denied = co_await std::move(preparing);
    if (denied) co_return *std::move(denied);
  }
  auto answer = co_await services.sliding.sync(*prepared.permit, std::move(prepared.request));
  if (!answer) co_return failed(answer.error());
  if (answer->has_content && services.delivered) {
    services.delivered(call.subject, {.from = answer->from, .to = answer->to});
  }
  co_return ok_text(std::move(answer->body));
}

}  // namespace

void add_sliding_sync_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  const EndpointOptions options{.access = Access::User,
                                .limit = "sync",
                                .body_bytes_max = kBodyBytesMax,
                                .may_park = true,
                                .takes_body = true,
                                .body_optional = true};
  const auto add = [&](std::string path, sync::SlidingForm form) {
    pipeline.add(router, net::Method::Post, {std::move(path)}, options,
                 [&, form](Call& call) { return post_sync(call, pipeline, services, form); });
  };
  add("/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", sync::SlidingForm::Unstable);
  add("/_matrix/client/v4/sync", sync::SlidingForm::Final);
}

}  // namespace kuramori::api::client
