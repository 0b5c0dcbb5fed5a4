// POST /user_directory/search (client-server API, "User directory").
#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::int64_t kDefaultLimit = 10;
constexpr std::int64_t kUsersFoundMax = 50;
constexpr std::size_t kTermBytesMax = 512;

Result<people::PeopleQuery> read_query(const json::Object& body) {
  KURAMORI_TRY(term, json::required_string(body, "search_term"));
  if (term.size() > kTermBytesMax) return invalid_argument("'search_term' is too long.");
  KURAMORI_TRY(limit, json::optional_integer(body, "limit"));
  const std::int64_t wanted = limit.value_or(kDefaultLimit);
  if (wanted < 0) return invalid_argument("'limit' must not be negative.");
  return people::PeopleQuery{.term = std::move(term),
                             .limit = static_cast<std::size_t>(std::min(wanted, kUsersFoundMax))};
}

Task<Response> search(Call& call, Pipeline& pipeline, PeopleServices& services) {
  auto query = read_query(call.body);
  if (!query) co_return failed(query.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::UserDirectoryRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.directory.search(*admitted.permit, *std::move(query));
  if (!found) co_return failed(found.error());
  json::Array results;
  for (const people::FoundPerson& person : found->people) {
    json::Object result;
    result.emplace("user_id", person.user.view());
    if (!person.display_name.empty()) result.emplace("display_name", person.display_name);
    if (!person.avatar_url.empty()) result.emplace("avatar_url", person.avatar_url);
    results.emplace_back(std::move(result));
  }
  json::Object body;
  body.emplace("results", std::move(results));
  body.emplace("limited", found->is_limited);
  co_return ok(body);
}

}  // namespace

void add_users_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/user_directory/search"),
               {.access = Access::UserNoGuests, .limit = "search", .takes_body = true},
               [&](Call& call) { return search(call, pipeline, services); });
}

}  // namespace kuramori::api::client
