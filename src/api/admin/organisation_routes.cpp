// GET /organisation: the document of what is in force, as an import takes it.
#include "api/admin/organisation_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/resource/entity_tags.hpp"
#include "organisation/document.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

Task<Response> get_organisation(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminOrganisationRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const workforce::OrganisationInForce current = services.organisations.in_force();
  const std::string tag = resource::tag_of(current.version);
  auto recording = pipeline.record(call, *std::move(admitted.permit), tag);
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  if (resource::is_known_to_client(call.request, tag)) co_return resource::not_modified(tag);
  auto writing = [directory = current.directory]() -> Result<std::string> {
    return json::serialize(organisation::to_json(directory->content()));
  };
  auto running = services.workers.run(std::move(writing));
  auto text = co_await std::move(running);
  if (!text) co_return resource::failed(text.error(), call.request);
  co_return resource::ok_tagged(*std::move(text), tag);
}

}  // namespace

void add_organisation_routes(net::Router& router, Pipeline& pipeline, OrganisationServices& services) {
  pipeline.add(router, net::Method::Get, path("/organisation"), {.limit = "administration"},
               [&](Call& call) { return get_organisation(call, pipeline, services); });
  add_organisation_import_routes(router, pipeline, services);
  add_organisation_version_routes(router, pipeline, services);
  add_organisation_entry_routes(router, pipeline, services);
}

}  // namespace kuramori::api::admin
