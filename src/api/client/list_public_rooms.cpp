// The published room directory (client-server API, "Published room directory").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "api/client/service_callers.hpp"
#include "base/text.hpp"
#include "rooms/public_room.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kDefaultRooms = 100;

Result<std::size_t> read_since(std::string_view token) {
  const auto offset = token.starts_with('p') ? text::to_integer(token.substr(1)) : std::nullopt;
  if (!offset || *offset < 0) return invalid_argument("'since' is not a pagination token.");
  return static_cast<std::size_t>(*offset);
}

std::string page_token(std::size_t offset) {
  return "p" + std::to_string(offset);
}

Result<void> read_filter_object(const json::Object& filter, rooms::PublicRoomsQuery& query) {
  KURAMORI_TRY(search, json::optional_string(filter, "generic_search_term"));
  query.search = search.value_or("");
  KURAMORI_TRY(types, json::optional_array(filter, "room_types"));
  if (types == nullptr) return {};
  query.room_types.emplace();
  for (const json::Value& type : *types) {
    if (!type.is_null() && !type.is_string()) return bad_json("'room_types' must hold strings and null.");
    query.room_types->push_back(type.is_null() ? std::nullopt
                                               : std::optional<std::string>(json::view(type.get_string())));
  }
  return {};
}

Result<rooms::PublicRoomsQuery> read_body(const json::Object& body) {
  rooms::PublicRoomsQuery query;
  KURAMORI_TRY(limit, json::optional_integer(body, "limit"));
  if (limit && *limit < 0) return invalid_argument("'limit' must not be negative.");
  query.limit = limit ? static_cast<std::size_t>(*limit) : kDefaultRooms;
  KURAMORI_TRY(since, json::optional_string(body, "since"));
  if (since) {
    KURAMORI_TRY(offset, read_since(*since));
    query.offset = offset;
  }
  KURAMORI_TRY(filter, json::optional_object(body, "filter"));
  if (filter != nullptr) KURAMORI_CHECK(read_filter_object(*filter, query));
  return query;
}

Result<rooms::PublicRoomsQuery> read_query(const net::Request& request) {
  rooms::PublicRoomsQuery query;
  KURAMORI_TRY(limit, read_limit(request, kDefaultRooms));
  query.limit = limit;
  if (const auto since = request.query_value("since")) {
    KURAMORI_TRY(offset, read_since(*since));
    query.offset = offset;
  }
  return query;
}

Task<Response> list(Call& call, Pipeline& pipeline, RoomsServices& services, rooms::PublicRoomsQuery query) {
  const auto server = call.request.query_value("server");
  if (server && *server != services.options.server.view()) {
    co_return failed(
        Error(ErrorCode::NotFound, "M_NOT_FOUND", "This server does not federate with that one."));
  }
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto page = co_await services.directory.public_rooms(*admitted.permit, std::move(query));
  if (!page) co_return failed(page.error());
  json::Object body;
  body.emplace("chunk", std::move(page->chunk));
  body.emplace("total_room_count_estimate", static_cast<std::int64_t>(page->total));
  if (page->next) body.emplace("next_batch", page_token(*page->next));
  if (page->previous) body.emplace("prev_batch", page_token(*page->previous));
  co_return ok(body);
}

// The rooms that the application service of a third-party network has published.
Task<Response> list_network(Call& call, Pipeline& pipeline, RoomsServices& services, std::string network,
                            rooms::PublicRoomsQuery query) {
  gate::Resource resource;
  resource.name = network;
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  std::vector<RoomId> published;
  if (pipeline.services() != nullptr) {
    auto reading = pipeline.services()->network_rooms(*admitted.permit, std::move(network));
    auto found = co_await std::move(reading);
    if (!found) co_return failed(found.error());
    published = *std::move(found);
  }
  json::Array chunk;
  std::size_t total = 0;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kDefaultRooms);
  for (const RoomId& room : published) {
    auto looking = services.rooms.current_state(room);
    const auto state = co_await std::move(looking);
    if (!state) continue;
    json::Object described = rooms::describe_public_room(room, **state);
    if (!rooms::matches_search(described, query)) continue;
    if (total >= query.offset && chunk.size() < limit) chunk.emplace_back(std::move(described));
    ++total;
  }
  json::Object body;
  const std::size_t next = query.offset + chunk.size();
  if (next < total) body.emplace("next_batch", page_token(next));
  body.emplace("chunk", std::move(chunk));
  body.emplace("total_room_count_estimate", static_cast<std::int64_t>(total));
  co_return ok(body);
}

Task<Response> get_public_rooms(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto query = read_query(call.request);
  if (!query) co_return failed(query.error());
  auto listing = list(call, pipeline, services, *std::move(query));
  co_return co_await std::move(listing);
}

Task<Response> post_public_rooms(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto query = read_body(call.body);
  if (!query) co_return failed(query.error());
  auto network = json::optional_string(call.body, "third_party_instance_id");
  if (!network) co_return failed(network.error());
  const bool is_of_network = network->has_value() && !(*network)->empty();
  auto listing = is_of_network
                     ? list_network(call, pipeline, services, **std::move(network), *std::move(query))
                     : list(call, pipeline, services, *std::move(query));
  co_return co_await std::move(listing);
}

Task<Response> get_listing(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, resource_in(room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto listing = co_await services.directory.listing_of(*admitted.permit, room);
  if (!listing) co_return failed(listing.error());
  json::Object body;
  body.emplace("visibility", *listing == rooms::Listing::Published ? "public" : "private");
  co_return ok(body);
}

Task<Response> put_listing(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const auto visibility = json::optional_string(call.body, "visibility");
  if (!visibility) co_return failed(visibility.error());
  const std::string_view wanted = visibility->has_value() ? std::string_view(**visibility) : "public";
  if (wanted != "public" && wanted != "private") {
    co_return failed(invalid_argument("'visibility' must be public or private."));
  }
  gate::Resource resource = resource_in(room);
  resource.name = wanted;
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectorySet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  const auto listing = wanted == "public" ? rooms::Listing::Published : rooms::Listing::Unlisted;
  const auto set = co_await services.directory.set_listing(*std::move(admitted.permit), room, listing);
  if (!set) co_return failed(set.error());
  co_return answer({}, warning);
}

}  // namespace

void add_list_public_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const bool is_open = services.options.public_list == PublicList::Open;
  pipeline.add(router, net::Method::Get, v3_paths("/publicRooms"),
               {.access = is_open ? Access::OptionalUser : Access::User, .limit = ""},
               [&](Call& call) { return get_public_rooms(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/publicRooms"),
               {.access = Access::User, .limit = "", .takes_body = true},
               [&](Call& call) { return post_public_rooms(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/directory/list/room/{room}"),
               {.access = Access::OptionalUser, .limit = ""},
               [&](Call& call) { return get_listing(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, v3_paths("/directory/list/room/{room}"),
               {.access = Access::UserNoGuests, .limit = "", .takes_body = true, .body_optional = true},
               [&](Call& call) { return put_listing(call, pipeline, services); });
}

}  // namespace kuramori::api::client
