// /links and /brake: what is known of links, and accounts that sent the same to many.
#include "api/admin/links_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/resource/parameters.hpp"
#include "links/answers.hpp"
#include "matrix/identifiers.hpp"
#include "worm_brake/answers.hpp"

namespace kuramori::api::admin {

using gate::Operation;
using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kEntriesMax = 10'000;
constexpr std::size_t kTakeDownsMax = 50;
constexpr std::size_t kMessagesMax = 1'000;
constexpr std::size_t kOpeningsMax = 10'000;
constexpr std::size_t kPatternBytesMax = 2'048;

gate::Resource named(std::string name) {
  gate::Resource resource;
  resource.name = std::move(name);
  return resource;
}

template <class List, class Describe>
json::Array each(const List& list, Describe describe) {
  json::Array array;
  for (const auto& one : list) array.push_back(describe(one));
  return array;
}

Task<Response> get_links(Call& call, Pipeline& pipeline, LinksServices& services) {
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksRead);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto listing = services.registry.list(*std::move(admitted.permit), kEntriesMax);
  const auto found = co_await std::move(listing);
  if (!found) co_return resource::failed(found.error(), call.request);
  co_return resource::ok(links::described(*found));
}

// An entry: to the company's list, or, as a take-down, in its name alone.
Task<Response> post_entry(Call& call, Pipeline& pipeline, LinksServices& services, Operation operation) {
  gate::Resource about = named(std::string(json::string_or(call.body, "pattern", "")));
  auto admitted = co_await pipeline.admit(call, operation, std::move(about));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto entry = links::entry_from(call.body, *services.knowledge.get()->hosts);
  if (!entry) co_return resource::failed(entry.error(), call.request);
  auto adding = services.registry.add(*std::move(admitted.permit), *entry);
  const auto added = co_await std::move(adding);
  if (!added) co_return resource::failed(added.error(), call.request);
  co_return resource::created(links::described(*entry), path("/links"));
}

Task<Response> delete_entry(Call& call, Pipeline& pipeline, LinksServices& services) {
  const auto pattern = resource::text_parameter(call.request, "pattern", kPatternBytesMax);
  const auto match = resource::text_parameter(call.request, "match", kPatternBytesMax);
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksSet, named(pattern ? *pattern : ""));
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (!pattern) co_return resource::failed(pattern.error(), call.request);
  if (!match) co_return resource::failed(match.error(), call.request);
  const json::Object asked{{"pattern", *pattern}, {"match", *match}};
  const auto entry = links::entry_from(asked, *services.knowledge.get()->hosts);
  if (!entry) co_return resource::failed(entry.error(), call.request);
  auto removing = services.registry.remove(*std::move(admitted.permit), entry->match, entry->pattern);
  const auto removed = co_await std::move(removing);
  if (!removed) co_return resource::failed(removed.error(), call.request);
  co_return resource::no_content();
}

Task<Response> post_source(Call& call, Pipeline& pipeline, LinksServices& services) {
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksSet, named(call.parameter(0)));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto source = links::source_from(call.body, call.parameter(0));
  if (!source) co_return resource::failed(source.error(), call.request);
  auto setting = services.registry.set_source(*std::move(admitted.permit), *source);
  const auto set = co_await std::move(setting);
  if (!set) co_return resource::failed(set.error(), call.request);
  co_return resource::ok(links::described(*source));
}

Task<Response> delete_source(Call& call, Pipeline& pipeline, LinksServices& services) {
  const std::string name = call.parameter(0);
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksSet, named(name));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto removing = services.registry.remove_source(*std::move(admitted.permit), name);
  const auto removed = co_await std::move(removing);
  if (!removed) co_return resource::failed(removed.error(), call.request);
  co_return resource::no_content();
}

Task<Response> post_refresh(Call& call, Pipeline& pipeline, LinksServices& services) {
  const std::string name = call.parameter(0);
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksSet, named(name));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto refreshing = services.registry.refresh(*std::move(admitted.permit), name, services.stop);
  const auto difference = co_await std::move(refreshing);
  if (!difference) co_return resource::failed(difference.error(), call.request);
  co_return resource::ok(links::described(*difference));
}

Task<Response> post_import(Call& call, Pipeline& pipeline, LinksServices& services) {
  const std::string name = call.parameter(0);
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksSet, named(name));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto text = json::required_string(call.body, "text");
  if (!text) co_return resource::failed(text.error(), call.request);
  auto importing = services.registry.import(*std::move(admitted.permit), name, *std::move(text));
  const auto difference = co_await std::move(importing);
  if (!difference) co_return resource::failed(difference.error(), call.request);
  co_return resource::ok(links::described(*difference));
}

enum class Protection : bool { Begins, Ends };

Task<Response> change_protection(Call& call, Pipeline& pipeline, LinksServices& services,
                                 Protection protection) {
  const std::string name = call.parameter(0);
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksSet, named(name));
  if (admitted.denied) co_return *std::move(admitted.denied);
  gate::Permit permit = *std::move(admitted.permit);
  auto changing = protection == Protection::Begins ? services.registry.protect(std::move(permit), name)
                                                   : services.registry.unprotect(std::move(permit), name);
  const auto changed = co_await std::move(changing);
  if (!changed) co_return resource::failed(changed.error(), call.request);
  co_return resource::no_content();
}

Task<Response> get_take_downs(Call& call, Pipeline& pipeline, LinksServices& services) {
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksRead);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reporting = services.take_downs.reports(*std::move(admitted.permit), kTakeDownsMax, kMessagesMax);
  const auto reports = co_await std::move(reporting);
  if (!reports) co_return resource::failed(reports.error(), call.request);
  const auto describe = [](const links::TakeDownReport& report) { return links::described(report); };
  const json::Object body{{"take_downs", each(*reports, describe)}};
  co_return resource::ok(body);
}

Task<Response> get_openings(Call& call, Pipeline& pipeline, LinksServices& services) {
  const auto pattern = resource::text_parameter(call.request, "pattern", kPatternBytesMax);
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksRead, named(pattern ? *pattern : ""));
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (!pattern) co_return resource::failed(pattern.error(), call.request);
  auto reading = services.clicks.openings(*std::move(admitted.permit), *pattern, kOpeningsMax);
  const auto openings = co_await std::move(reading);
  if (!openings) co_return resource::failed(openings.error(), call.request);
  const auto describe = [](const links::Opening& opening) { return links::described(opening); };
  const json::Object body{{"openings", each(*openings, describe)}};
  co_return resource::ok(body);
}

Task<Response> get_stops(Call& call, Pipeline& pipeline, LinksServices& services) {
  auto admitted = co_await pipeline.admit(call, Operation::AdminLinksRead);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto listing = services.brake.list(*std::move(admitted.permit));
  const auto stops = co_await std::move(listing);
  if (!stops) co_return resource::failed(stops.error(), call.request);
  const auto describe = [](const worm_brake::Stop& stop) { return worm_brake::described(stop); };
  const json::Object body{{"stops", each(*stops, describe)}};
  co_return resource::ok(body);
}

Task<Response> post_release(Call& call, Pipeline& pipeline, LinksServices& services) {
  const auto user = matrix::parse_user_id(call.parameter(0));
  gate::Resource released;
  released.user = user ? *user : UserId();
  auto admitted = co_await pipeline.admit(call, Operation::AdminBrakeRelease, std::move(released));
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (!user) co_return resource::failed(user.error(), call.request);
  auto releasing = services.brake.release(*std::move(admitted.permit), *user);
  const auto done = co_await std::move(releasing);
  if (!done) co_return resource::failed(done.error(), call.request);
  co_return resource::no_content();
}

}  // namespace

void add_links_routes(net::Router& router, Pipeline& pipeline, LinksServices& services) {
  using net::Method;
  const resource::EndpointOptions reading{.limit = "administration"};
  const resource::EndpointOptions writing{.limit = "administration", .body = resource::Body::Object};
  const resource::EndpointOptions importing{.limit = "administration",
                                            .body = resource::Body::Object,
                                            .body_bytes_max = links::Registry::kListOctetsMax};
  pipeline.add(router, Method::Get, path("/links"), reading,
               [&](Call& call) { return get_links(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/links/entries"), writing,
               [&](Call& call) { return post_entry(call, pipeline, services, Operation::AdminLinksSet); });
  pipeline.add(router, Method::Delete, path("/links/entries"), reading,
               [&](Call& call) { return delete_entry(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/links/sources/{source}"), writing,
               [&](Call& call) { return post_source(call, pipeline, services); });
  pipeline.add(router, Method::Delete, path("/links/sources/{source}"), reading,
               [&](Call& call) { return delete_source(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/links/sources/{source}/refresh"), reading,
               [&](Call& call) { return post_refresh(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/links/sources/{source}/import"), importing,
               [&](Call& call) { return post_import(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/links/protected-names/{name}"), reading,
               [&](Call& call) { return change_protection(call, pipeline, services, Protection::Begins); });
  pipeline.add(router, Method::Delete, path("/links/protected-names/{name}"), reading,
               [&](Call& call) { return change_protection(call, pipeline, services, Protection::Ends); });
  pipeline.add(router, Method::Get, path("/links/take-downs"), reading,
               [&](Call& call) { return get_take_downs(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/links/take-downs"), writing, [&](Call& call) {
    return post_entry(call, pipeline, services, Operation::AdminLinksTakeDown);
  });
  pipeline.add(router, Method::Get, path("/links/openings"), reading,
               [&](Call& call) { return get_openings(call, pipeline, services); });
  pipeline.add(router, Method::Get, path("/brake/stops"), reading,
               [&](Call& call) { return get_stops(call, pipeline, services); });
  pipeline.add(router, Method::Post, path("/brake/stops/{user}/release"), reading,
               [&](Call& call) { return post_release(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
