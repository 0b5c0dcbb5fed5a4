// POST /search (client-server API, "Server Side Search").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/search_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// Members of one object, one after the other.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_.push_back('{'); }
  std::string& next(std::string_view name) {
    if (out_.back() != '{') out_.push_back(',');
    json::append_string(out_, name);
    out_.push_back(':');
    return out_;
  }
  void end() { out_.push_back('}'); }

 private:
  std::string& out_;
};

void append_strings(std::string& out, const auto& texts) {
  out.push_back('[');
  for (const auto& text : texts) {
    if (out.back() != '[') out.push_back(',');
    json::append_string(out, std::string_view(text));
  }
  out.push_back(']');
}

void append_context(std::string& out, const search::FoundContext& context, search::ContextWanted wanted,
                    const identity::Session& session) {
  Members members(out);
  members.next("start") += "\"" + pagination_token(context.start) + "\"";
  members.next("end") += "\"" + pagination_token(context.end) + "\"";
  members.next("events_before") += event_array(context.before, session);
  members.next("events_after") += event_array(context.after, session);
  if (wanted.include_profile) {
    json::Object profiles;
    for (const auto& [user, profile] : context.profiles) {
      json::Object described;
      if (profile.display_name) described.emplace("displayname", *profile.display_name);
      if (profile.avatar_url) described.emplace("avatar_url", *profile.avatar_url);
      profiles.emplace(user.view(), std::move(described));
    }
    json::serialize_to(members.next("profile_info"), profiles);
  }
  members.end();
}

void append_groups(std::string& out, const std::map<std::string, search::FoundGroup>& groups) {
  Members members(out);
  for (const auto& [name, group] : groups) {
    Members one(members.next(name));
    one.next("order") += std::to_string(group.order);
    if (group.next) one.next("next_batch") += "\"" + search::render_cursor(*group.next) + "\"";
    std::vector<std::string_view> ids;
    for (const EventId& id : group.results) ids.push_back(id.view());
    append_strings(one.next("results"), ids);
    one.end();
  }
  members.end();
}

void append_results(std::string& out, const search::SearchResults& found, const search::SearchQuery& query,
                    const identity::Session& session) {
  out.push_back('[');
  for (const search::FoundEvent& result : found.results) {
    if (out.back() != '[') out.push_back(',');
    Members members(out);
    json::serialize_to(members.next("rank"), json::Value(result.rank));
    append_event(members.next("result"), *result.event, session, result.personal);
    if (result.context) append_context(members.next("context"), *result.context, *query.context, session);
    members.end();
  }
  out.push_back(']');
}

std::string render(const search::SearchResults& found, const search::SearchQuery& query,
                   const identity::Session& session) {
  std::string out = "{\"search_categories\":{\"room_events\":";
  Members members(out);
  members.next("count") += std::to_string(found.count);
  append_strings(members.next("highlights"), found.highlights);
  append_results(members.next("results"), found, query, session);
  if (query.include_state) {
    Members rooms(members.next("state"));
    for (const auto& [room, events] : found.state) rooms.next(room.view()) += event_array(events, session);
    rooms.end();
  }
  if (query.by_room || query.by_sender) {
    Members groups(members.next("groups"));
    if (query.by_room) append_groups(groups.next("room_id"), found.rooms);
    if (query.by_sender) append_groups(groups.next("sender"), found.senders);
    groups.end();
  }
  if (found.next) members.next("next_batch") += "\"" + search::render_cursor(*found.next) + "\"";
  members.end();
  return out + "}}";
}

Task<Response> search_events(Call& call, Pipeline& pipeline, SearchServices& services) {
  const json::Object* categories = json::object_at(call.body, "search_categories");
  if (categories == nullptr) co_return failed(missing_argument("search_categories"));
  const json::Object* criteria = json::object_at(*categories, "room_events");
  // Categories that are not known have no results.
  if (criteria == nullptr) co_return ok({{"search_categories", json::Object()}});
  const auto query = search::parse_query(*criteria, call.request.query_value("next_batch"));
  if (!query) co_return failed(query.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::SearchRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto searching = services.searcher.search(*admitted.permit, *query);
  const auto found = co_await std::move(searching);
  if (!found) co_return failed(found.error());
  co_return ok_text(render(*found, *query, *call.session));
}

}  // namespace

void add_search_routes(net::Router& router, Pipeline& pipeline, SearchServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/search"),
               {.access = Access::User, .limit = "search", .takes_body = true},
               [&](Call& call) { return search_events(call, pipeline, services); });
}

}  // namespace kuramori::api::client
