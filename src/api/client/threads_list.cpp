// GET /rooms/{room}/threads (client-server API, module threading).
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kDefaultThreads = 20;
constexpr std::size_t kThreadsMax = 100;

Result<rooms::ThreadsQuery> read_threads_query(const Call& call) {
  using Include = rooms::ThreadsQuery::Include;
  const std::string_view include = call.request.query_value("include").value_or("all");
  if (include != "all" && include != "participated") {
    return invalid_argument("'include' must be all or participated.");
  }
  KURAMORI_TRY(from, read_token(call.request, "from"));
  KURAMORI_TRY(limit, read_limit(call.request, kDefaultThreads));
  if (limit == 0) return invalid_argument("'limit' must be greater than zero.");
  return rooms::ThreadsQuery{.room = RoomId(call.parameter(0)),
                             .up_to = from,
                             .limit = std::min(limit, kThreadsMax),
                             .include = include == "all" ? Include::All : Include::Participated};
}

Task<Response> get_threads(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto query = read_threads_query(call);
  if (!query) co_return failed(query.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(query->room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.rooms.threads(*admitted.permit, *query);
  if (!found) co_return failed(found.error());
  std::string out = "{\"chunk\":" + event_array(found->roots, *call.session);
  if (found->next) out += ",\"next_batch\":\"" + pagination_token(*found->next) + "\"";
  out.push_back('}');
  co_return ok_text(std::move(out));
}

}  // namespace

void add_threads_list_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/rooms/{room}/threads",
                "/_matrix/client/unstable/org.matrix.msc3856/rooms/{room}/threads"},
               {.access = Access::User, .limit = "room"},
               [&](Call& call) { return get_threads(call, pipeline, services); });
}

}  // namespace kuramori::api::client
