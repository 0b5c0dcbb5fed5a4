#include "app/health.hpp"

#include "audit/tile.hpp"

namespace kuramori::app {
namespace {

net::Response text_response(int status, std::string content_type, std::string body) {
  net::Response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

runtime::Task<net::Response> answer(net::Response response) {
  co_return response;
}

runtime::Task<net::Response> ready(Node& node) {
  // Ready means that the store answers, not only that the process lives.
  auto query = [](storage::Snapshot& s) { return s.last(storage::Sequence::Stream); };
  auto position = co_await node.organisation.store().read(std::move(query));
  if (!position || node.hub.is_draining())
    co_return text_response(503, "text/plain; charset=utf-8", "not ready\n");
  co_return text_response(200, "text/plain; charset=utf-8", "ready\n");
}

runtime::Task<net::Response> tile(api::client::Pipeline& pipeline, api::client::Call& call, Node& node) {
  auto address = audit::parse_tile_path("tile/" + call.parameter(0));
  if (!address) co_return api::client::failed(address.error());
  if (address->kind == audit::TileAddress::Kind::Entries) {
    if (!call.session) {
      co_return api::client::failed(Error(ErrorCode::Unauthenticated, "M_MISSING_TOKEN",
                                          "Entry bundles are for auditors: log in as one."));
    }
    auto admitted = co_await pipeline.admit(call, gate::Operation::AuditEntriesRead, {});
    if (admitted.denied) co_return *std::move(admitted.denied);
    auto recorded = co_await node.organisation.gate().record(
        *std::move(admitted.permit), gate::Outcome{.detail = address->to_path(), .personal = {}});
    if (!recorded) co_return api::client::failed(recorded.error());
  }
  auto bytes = co_await node.organisation.log().tile(*address);
  if (!bytes) co_return api::client::failed(bytes.error());
  net::Response response = text_response(200, "application/octet-stream", std::string(as_text(*bytes)));
  // A full tile never changes again.
  if (address->width == audit::kTileWidth && address->kind == audit::TileAddress::Kind::Hashes) {
    response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  }
  co_return response;
}

}  // namespace

void add_health_routes(net::Router& router, Node& node) {
  router.add(net::Method::Get, "/healthz",
             [](net::Request&) { return answer(text_response(200, "text/plain; charset=utf-8", "ok\n")); });
  router.add(net::Method::Get, "/readyz", [&node](net::Request&) { return ready(node); });
  router.add(net::Method::Get, "/metrics", [&node](net::Request&) {
    return answer(
        text_response(200, "text/plain; version=0.0.4; charset=utf-8", node.environment.metrics.render()));
  });
}

void add_record_routes(net::Router& router, api::client::Pipeline& pipeline, Node& node) {
  using api::client::Access;
  pipeline.add(router, net::Method::Get, {"/_kuramori/log/checkpoint"},
               {.access = Access::Public, .limit = {}}, [&node](api::client::Call&) {
                 const auto newest = node.organisation.log().checkpoint();
                 return answer(text_response(200, "text/plain; charset=utf-8", newest->note));
               });
  pipeline.add(router, net::Method::Get, {"/_kuramori/log/tile/{path...}"},
               {.access = Access::OptionalUser, .limit = {}},
               [&node, &pipeline](api::client::Call& call) { return tile(pipeline, call, node); });
}

}  // namespace kuramori::app
