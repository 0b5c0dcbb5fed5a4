// The history of the organisation: GET /organisation/versions, one of them, its document, and the way back to
// it.
#include "api/admin/organisation_answers.hpp"
#include "api/admin/organisation_routes.hpp"
#include "api/admin/paths.hpp"
#include "api/resource/entity_tags.hpp"
#include "api/resource/page.hpp"
#include "api/resource/parameters.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

Task<Response> list_versions(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  const auto page = resource::read_numbered_page(call.request, {.standard = 50, .most = 500});
  if (!page) co_return resource::failed(page.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminOrganisationRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto listing = services.organisations.history(*admitted.permit, page->after, page->limit);
  const auto versions = co_await std::move(listing);
  if (!versions) co_return resource::failed(versions.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "history");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Array entries;
  for (const workforce::OrganisationVersion& version : *versions)
    entries.emplace_back(workforce::to_json(version));
  json::Object body{{"versions", std::move(entries)}};
  // Versions run from 1 without gaps.
  if (!versions->empty() && versions->back().version > 1)
    body.emplace("next_cursor", resource::to_cursor(std::to_string(versions->back().version)));
  co_return resource::ok(body);
}

enum class Part : bool { About, Document };

Task<Response> get_version(Call& call, Pipeline& pipeline, OrganisationServices& services, Part part) {
  const auto version = resource::version_of(call.parameter(0));
  if (!version) co_return resource::failed(version.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminOrganisationRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reading = services.organisations.version(*admitted.permit, *version);
  auto stored = co_await std::move(reading);
  if (!stored) co_return resource::failed(stored.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "version " + std::to_string(*version));
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  const std::string tag = resource::tag_of(*version);
  if (resource::is_known_to_client(call.request, tag)) co_return resource::not_modified(tag);
  if (part == Part::Document) co_return resource::ok_tagged(std::move(stored->texts.document), tag);
  // The difference is text already: it goes in as it is.
  std::string text = json::serialize(workforce::to_json(stored->about));
  text.pop_back();
  text.append(",\"difference\":").append(stored->texts.difference).append("}");
  co_return resource::ok_tagged(std::move(text), tag);
}

Task<Response> post_rollback(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  const auto version = resource::version_of(call.parameter(0));
  if (!version) co_return resource::failed(version.error(), call.request);
  auto parameters = change_parameters(call.request);
  if (!parameters) co_return resource::failed(parameters.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminOrganisationImport);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::int64_t current = services.organisations.in_force().version;
  auto changed =
      resource::check_if_match(call.request, resource::tag_of(current), resource::Presence::Required);
  if (changed) co_return *std::move(changed);
  workforce::OrganisationStore::RollbackRequest request{.version = *version,
                                                        .reason = std::move(parameters->reason),
                                                        .expected_version = current,
                                                        .removals = parameters->removals};
  auto rolling_back = services.organisations.roll_back(*std::move(admitted.permit), std::move(request));
  const auto outcome = co_await std::move(rolling_back);
  co_return outcome ? to_response(*outcome, call.request) : resource::failed(outcome.error(), call.request);
}

}  // namespace

void add_organisation_version_routes(net::Router& router, Pipeline& pipeline,
                                     OrganisationServices& services) {
  const resource::EndpointOptions options{.limit = "administration"};
  pipeline.add(router, net::Method::Get, path("/organisation/versions"), options,
               [&](Call& call) { return list_versions(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, path("/organisation/versions/{version}"), options,
               [&](Call& call) { return get_version(call, pipeline, services, Part::About); });
  pipeline.add(router, net::Method::Get, path("/organisation/versions/{version}/document"), options,
               [&](Call& call) { return get_version(call, pipeline, services, Part::Document); });
  pipeline.add(router, net::Method::Post, path("/organisation/versions/{version}/rollback"), options,
               [&](Call& call) { return post_rollback(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
