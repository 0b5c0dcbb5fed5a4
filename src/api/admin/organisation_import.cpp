// PUT /organisation and POST /organisation/tables: imports, and what they would change.
#include <algorithm>

#include "api/admin/organisation_answers.hpp"
#include "api/admin/organisation_routes.hpp"
#include "api/admin/paths.hpp"
#include "api/resource/entity_tags.hpp"
#include "api/resource/parameters.hpp"
#include "organisation/document.hpp"
#include "workforce/import_reading.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using resource::ProblemType;
using runtime::Task;
using workforce::ImportOutcome;
using workforce::ReadContent;

namespace {

constexpr std::size_t kTablesBytesMax = 16UL << 20U;

json::Object told(const organisation::Difference& difference) {
  organisation::Difference shown = difference;
  const bool is_long = shown.changes.size() > kChangesTold;
  if (is_long) shown.changes.resize(kChangesTold);
  json::Object object = organisation::to_json(shown);
  if (is_long) object.emplace("truncated", true);
  return object;
}

// Reads the content on a worker: `read` makes it.
template <class Read>
Task<Result<ReadContent>> read_content(OrganisationServices& services, Read read) {
  auto reading = [read = std::move(read)]() mutable -> Result<ReadContent> { return read(); };
  auto running = services.workers.run(std::move(reading));
  auto content = co_await std::move(running);
  co_return content;
}

// What is the same for documents and tables: `reading` reads the content.
Task<Response> import(Call& call, Pipeline& pipeline, OrganisationServices& services,
                      workforce::Origin origin, workforce::OrganisationInForce current,
                      Task<Result<ReadContent>> reading) {
  const auto dry_run = resource::flag_parameter(call.request, "dry_run");
  if (!dry_run) co_return resource::failed(dry_run.error(), call.request);
  auto parameters = change_parameters(call.request);
  if (!parameters) co_return resource::failed(parameters.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminOrganisationImport);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto presence = *dry_run ? resource::Presence::Optional : resource::Presence::Required;
  auto changed = resource::check_if_match(call.request, resource::tag_of(current.version), presence);
  if (changed) co_return *std::move(changed);
  auto content = co_await std::move(reading);
  if (!content) co_return resource::failed(content.error(), call.request);
  if (!content->problems.empty()) co_return invalid_content(content->problems, call.request);

  workforce::ImportRequest request{.content = std::move(content->content),
                                   .origin = origin,
                                   .reason = std::move(parameters->reason),
                                   .expected_version = current.version,
                                   .removals = parameters->removals};
  if (!*dry_run) {
    auto importing = services.organisations.import(*std::move(admitted.permit), std::move(request));
    const auto outcome = co_await std::move(importing);
    co_return outcome ? to_response(*outcome, call.request) : resource::failed(outcome.error(), call.request);
  }
  request.removals = workforce::Removals::Confirmed;  // nothing is removed: what would be is told
  auto examining = services.organisations.examine(*admitted.permit, std::move(request));
  auto outcome = co_await std::move(examining);
  if (!outcome) co_return resource::failed(outcome.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "dry run");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  if (outcome->kind == ImportOutcome::Kind::Invalid) co_return to_response(*outcome, call.request);
  json::Object body{
      {"outcome", "dry_run"}, {"version", outcome->version}, {"difference", told(outcome->difference)}};
  co_return resource::ok(body);
}

Task<Response> put_organisation(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  auto read = [text = std::move(call.request.body)] { return workforce::read_document(text); };
  auto current = services.organisations.in_force();
  auto importing = import(call, pipeline, services, workforce::Origin::Document, std::move(current),
                          read_content(services, std::move(read)));
  auto response = co_await std::move(importing);
  co_return response;
}

Result<workforce::Tables> tables_of(const json::Object& body) {
  for (const auto& [key, value] : body) {
    if (key != "units" && key != "people" && key != "contacts")
      return invalid_argument("'" + std::string(key) + "' is none of units, people, contacts.");
  }
  KURAMORI_TRY(units, json::optional_string(body, "units"));
  KURAMORI_TRY(people, json::optional_string(body, "people"));
  KURAMORI_TRY(contacts, json::optional_string(body, "contacts"));
  if (!units && !people && !contacts) return invalid_argument("At least one of the tables is needed.");
  return workforce::Tables{
      .units = std::move(units), .people = std::move(people), .contacts = std::move(contacts)};
}

Task<Response> post_tables(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  auto tables = tables_of(call.body);
  if (!tables) co_return resource::failed(tables.error(), call.request);
  auto current = services.organisations.in_force();
  auto read = [tables = *std::move(tables), base = current.directory] {
    return workforce::read_tables(base->content(), tables);
  };
  auto importing = import(call, pipeline, services, workforce::Origin::Tables, std::move(current),
                          read_content(services, std::move(read)));
  auto response = co_await std::move(importing);
  co_return response;
}

std::string names_of_removed(const organisation::Difference& difference) {
  std::size_t units = 0;
  std::size_t people = 0;
  for (const organisation::Change& change : difference.changes) {
    if (change.kind != organisation::Change::Kind::Removed) continue;
    units += change.of == organisation::Change::Of::Unit ? 1 : 0;
    people += change.of == organisation::Change::Of::Person ? 1 : 0;
  }
  return std::to_string(units) + " units and " + std::to_string(people) + " people";
}

}  // namespace

Result<ChangeParameters> change_parameters(const net::Request& request) {
  KURAMORI_TRY(reason,
               resource::text_parameter(request, "reason", workforce::OrganisationStore::kReasonBytesMax));
  KURAMORI_TRY(confirmed, resource::flag_parameter(request, "confirm_removals"));
  return ChangeParameters{
      .reason = std::move(reason),
      .removals = confirmed ? workforce::Removals::Confirmed : workforce::Removals::Refuse};
}

Response invalid_content(const std::vector<organisation::Problem>& problems, const net::Request& request) {
  json::Array errors;
  for (const organisation::Problem& problem : problems)
    errors.emplace_back(json::Object{{"subject", problem.subject}, {"detail", problem.message}});
  resource::Problem answer{.type = ProblemType::InvalidContent,
                           .detail = "The organisation has " + std::to_string(problems.size()) +
                                     (problems.size() == 1 ? " mistake." : " mistakes."),
                           .code = "KURAMORI_ORGANISATION_INVALID"};
  answer.members.emplace("errors", std::move(errors));
  return resource::to_response(answer, request);
}

Response to_response(const ImportOutcome& outcome, const net::Request& request) {
  using Kind = ImportOutcome::Kind;
  if (outcome.kind == Kind::Invalid) return invalid_content(outcome.problems, request);
  if (outcome.kind == Kind::NeedsConfirmation) {
    resource::Problem answer{.type = ProblemType::NeedsConfirmation,
                             .detail = "This removes " + names_of_removed(outcome.difference) +
                                       ". Repeat it with confirm_removals=true when that is meant.",
                             .code = "KURAMORI_REMOVALS_NOT_CONFIRMED"};
    answer.members.emplace("difference", told(outcome.difference));
    return resource::to_response(answer, request);
  }
  const json::Object body{{"outcome", outcome.kind == Kind::Stored ? "stored" : "unchanged"},
                          {"version", outcome.version},
                          {"difference", told(outcome.difference)}};
  Response response = resource::ok(body);
  response.headers.emplace_back("ETag", resource::tag_of(outcome.version));
  return response;
}

void add_organisation_import_routes(net::Router& router, Pipeline& pipeline, OrganisationServices& services) {
  pipeline.add(router, net::Method::Put, path("/organisation"),
               {.limit = "administration",
                .body = resource::Body::Text,
                .body_bytes_max = organisation::kDocumentBytesMax},
               [&](Call& call) { return put_organisation(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, path("/organisation/tables"),
               {.limit = "administration", .body = resource::Body::Object, .body_bytes_max = kTablesBytesMax},
               [&](Call& call) { return post_tables(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
