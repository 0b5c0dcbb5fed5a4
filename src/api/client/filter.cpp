// /user/{user}/filter (client-server API, "Filtering").
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_filter(Call& call, Pipeline& pipeline, SyncServices& services) {
  if (auto refusal = refuse_unless_own(call, "filters")) co_return *std::move(refusal);
  auto admitted = co_await pipeline.admit(call, gate::Operation::FilterCreate, resource_named({}));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto id =
      co_await services.filters.create(*std::move(admitted.permit), call.session->user, std::move(call.body));
  if (!id) co_return failed(id.error());
  json::Object body;
  body["filter_id"] = *id;
  co_return ok(body);
}

Task<Response> get_filter(Call& call, Pipeline& pipeline, SyncServices& services) {
  if (auto refusal = refuse_unless_own(call, "filters")) co_return *std::move(refusal);
  const std::string id = call.parameter(1);
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountDataRead, resource_named(id));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto filter = co_await services.filters.get(*admitted.permit, call.session->user, id);
  co_return filter ? ok(*filter) : failed(filter.error());
}

}  // namespace

void add_filter_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/user/{user}/filter"),
               {.access = Access::User, .limit = "", .takes_body = true},
               [&](Call& call) { return post_filter(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/user/{user}/filter/{filter}"),
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_filter(call, pipeline, services); });
}

}  // namespace kuramori::api::client
