// GET /rooms/{room}/relations/{event}[/{relType}[/{eventType}]] (client-server API, "Relationships API").
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;
using storage::Direction;

namespace {

constexpr std::size_t kDefaultRelations = 50;

struct Page {
  rooms::RelationsQuery query;
  std::optional<StreamPosition> from;
};

Result<Page> read_page(const Call& call, StreamPosition now) {
  const auto& parameters = call.request.parameters;
  const std::string_view direction = call.request.query_value("dir").value_or("b");
  if (direction != "b" && direction != "f") return invalid_argument("'dir' must be b or f.");
  const std::string_view recurse = call.request.query_value("recurse").value_or("false");
  if (recurse != "true" && recurse != "false") return invalid_argument("'recurse' must be true or false.");
  KURAMORI_TRY(from, read_token(call.request, "from"));
  KURAMORI_TRY(to, read_token(call.request, "to"));
  KURAMORI_TRY(limit, read_limit(call.request, kDefaultRelations));
  const bool is_backward = direction == "b";
  using Recurse = rooms::RelationsQuery::Recurse;
  Page page{.query = {.room = RoomId(parameters[0]),
                      .event = EventId(parameters[1]),
                      .rel_type = parameters.size() > 2 ? parameters[2] : std::string(),
                      .event_type = parameters.size() > 3 ? parameters[3] : std::string(),
                      .direction = is_backward ? Direction::Backward : Direction::Forward,
                      .limit = std::max<std::size_t>(limit, 1),
                      .recurse = recurse == "true" ? Recurse::Yes : Recurse::No},
            .from = from};
  page.query.after = (is_backward ? to : from).value_or(StreamPosition{});
  page.query.up_to = (is_backward ? from : to).value_or(now);
  return page;
}

Task<Response> get_relations(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto page = read_page(call, services.rooms.last_position());
  if (!page) co_return failed(page.error());
  gate::Resource resource = resource_in(page->query.room);
  resource.event = page->query.event;
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.rooms.relations(*admitted.permit, page->query);
  if (!found) co_return failed(found.error());
  std::string out = "{\"chunk\":" + event_array(found->events, *call.session);
  if (found->next) out += ",\"next_batch\":\"" + pagination_token(*found->next) + "\"";
  if (page->from) out += ",\"prev_batch\":\"" + pagination_token(*page->from) + "\"";
  if (page->query.recurse == rooms::RelationsQuery::Recurse::Yes) {
    out += ",\"recursion_depth\":" + std::to_string(rooms::kRelationDepth);
  }
  out.push_back('}');
  co_return ok_text(std::move(out));
}

}  // namespace

void add_relations_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  for (const std::string_view path :
       {"/rooms/{room}/relations/{event}", "/rooms/{room}/relations/{event}/{relation}",
        "/rooms/{room}/relations/{event}/{relation}/{type}"}) {
    const std::vector<std::string> patterns{"/_matrix/client/v1" + std::string(path),
                                            "/_matrix/client/unstable" + std::string(path)};
    pipeline.add(router, net::Method::Get, patterns, {.access = Access::User, .limit = ""},
                 [&](Call& call) { return get_relations(call, pipeline, services); });
  }
}

}  // namespace kuramori::api::client
