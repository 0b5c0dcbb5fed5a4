// GET /rooms/{room}/hierarchy (client-server API, module spaces).
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;
using Children = rooms::HierarchyQuery::Children;

namespace {

constexpr std::size_t kChildrenMax = 50;
constexpr std::int64_t kDepthMax = 100;

// "h<offset>-<depth>-<s or a>": a page belongs to the questions that the first one was asked with.
std::string token_of(const rooms::HierarchyQuery& query, std::size_t offset) {
  return "h" + std::to_string(offset) + "-" + std::to_string(query.depth_max) +
         (query.children == Children::Suggested ? "-s" : "-a");
}

Result<std::size_t> read_offset(std::string_view token, const rooms::HierarchyQuery& query) {
  const std::size_t dash = token.find('-');
  const auto offset = token.starts_with('h') && dash != std::string_view::npos
                          ? text::to_integer(token.substr(1, dash - 1))
                          : std::nullopt;
  if (!offset || *offset < 0 || token_of(query, static_cast<std::size_t>(*offset)) != token) {
    return invalid_argument(
        "'from' is no token of this request: 'max_depth' and 'suggested_only' must stay.");
  }
  return static_cast<std::size_t>(*offset);
}

Result<rooms::HierarchyQuery> read_query(const Call& call) {
  rooms::HierarchyQuery query{.space = RoomId(call.parameter(0))};
  const std::string_view suggested = call.request.query_value("suggested_only").value_or("false");
  if (suggested != "true" && suggested != "false") {
    return invalid_argument("'suggested_only' must be true or false.");
  }
  query.children = suggested == "true" ? Children::Suggested : Children::All;
  KURAMORI_TRY(limit, read_limit(call.request, kChildrenMax));
  if (limit == 0) return invalid_argument("'limit' must be greater than zero.");
  query.limit = std::min(limit, kChildrenMax);
  if (const auto given = call.request.query_value("max_depth")) {
    const auto depth = text::to_integer(*given);
    if (!depth || *depth < 0) return invalid_argument("'max_depth' must be a number that is not negative.");
    query.depth_max = static_cast<std::size_t>(std::min(*depth, kDepthMax));
  }
  if (const auto from = call.request.query_value("from")) {
    KURAMORI_TRY(offset, read_offset(*from, query));
    query.offset = offset;
  }
  return query;
}

Task<Response> get_hierarchy(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto query = read_query(call);
  if (!query) co_return failed(query.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(query->space));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto page = co_await services.spaces.hierarchy(*admitted.permit, *query);
  if (!page) co_return failed(page.error());
  json::Object body;
  body.emplace("rooms", std::move(page->rooms));
  if (page->next) body.emplace("next_batch", token_of(*query, *page->next));
  co_return ok(body);
}

}  // namespace

void add_space_hierarchy_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/rooms/{room}/hierarchy",
                "/_matrix/client/unstable/org.matrix.msc2946/rooms/{room}/hierarchy"},
               {.access = Access::User, .limit = "room"},
               [&](Call& call) { return get_hierarchy(call, pipeline, services); });
}

}  // namespace kuramori::api::client
