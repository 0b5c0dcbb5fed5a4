#include <algorithm>

#include "app/admin_operations.hpp"
#include "organisation/document.hpp"
#include "workforce/import_reading.hpp"

namespace kuramori::app {
namespace {

using workforce::ImportOutcome;

constexpr std::int64_t kHistoryStandard = 50;

json::Array to_json(const std::vector<organisation::Problem>& problems) {
  json::Array list;
  for (const organisation::Problem& problem : problems)
    list.emplace_back(json::Object{{"subject", problem.subject}, {"message", problem.message}});
  return list;
}

std::string_view name_of(ImportOutcome::Kind kind) {
  switch (kind) {
    case ImportOutcome::Kind::Stored:
      return "stored";
    case ImportOutcome::Kind::Unchanged:
      return "unchanged";
    case ImportOutcome::Kind::Invalid:
      return "invalid";
    case ImportOutcome::Kind::NeedsConfirmation:
      return "needs_confirmation";
  }
  return "";
}

json::Object to_json(const ImportOutcome& outcome) {
  return {{"outcome", name_of(outcome.kind)},
          {"version", outcome.version},
          {"difference", organisation::to_json(outcome.difference)},
          {"problems", to_json(outcome.problems)}};
}

json::Object invalid(std::vector<organisation::Problem> problems, std::int64_t version) {
  ImportOutcome outcome;
  outcome.kind = ImportOutcome::Kind::Invalid;
  outcome.version = version;
  outcome.problems = std::move(problems);
  return to_json(outcome);
}

Result<workforce::ReadContent> read_content(const json::Object& arguments,
                                            const organisation::Directory& current) {
  KURAMORI_TRY(document, json::optional_string(arguments, "document"));
  if (document) return workforce::read_document(*document);
  workforce::Tables tables;
  KURAMORI_TRY(units, json::optional_string(arguments, "units"));
  KURAMORI_TRY(people, json::optional_string(arguments, "people"));
  KURAMORI_TRY(contacts, json::optional_string(arguments, "contacts"));
  if (!units && !people && !contacts) return invalid_argument("There is nothing to import.");
  tables.units = std::move(units);
  tables.people = std::move(people);
  tables.contacts = std::move(contacts);
  return workforce::read_tables(current.content(), tables);
}

workforce::Removals removals_of(const json::Object& arguments) {
  return json::bool_or(arguments, "confirm_removals", false) ? workforce::Removals::Confirmed
                                                             : workforce::Removals::Refuse;
}

}  // namespace

// How large the organisation is, and of which version.
Result<json::Object> AdminOperations::organisation_show(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminOrganisationRead));
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = "show"})));
  const workforce::OrganisationInForce current = node_.organisations.in_force();
  const organisation::Content& content = current.directory->content();
  json::Array units;
  for (const organisation::Unit& unit : content.units) {
    json::Object entry{
        {"id", unit.id}, {"name", unit.name}, {"parent", unit.parent}, {"head", unit.head.view()}};
    entry.emplace("people", std::ranges::count_if(content.people, [&](const organisation::Person& person) {
                    return std::ranges::any_of(
                        person.posts, [&](const organisation::Post& post) { return post.unit == unit.id; });
                  }));
    units.emplace_back(std::move(entry));
  }
  return json::Object{{"version", current.version},
                      {"units", std::move(units)},
                      {"people", content.people.size()},
                      {"contacts", content.contacts.size()},
                      {"visibility_rules", content.visibility.size()}};
}

// version?: the document of that version, or of what is in force.
Result<json::Object> AdminOperations::organisation_export(const Call& call) {
  KURAMORI_TRY(version, json::optional_integer(call.arguments, "version"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminOrganisationRead));
  const workforce::OrganisationInForce current = node_.organisations.in_force();
  json::Object result{{"version", version.value_or(current.version)}};
  if (version) {
    KURAMORI_TRY(stored, wait(node_.organisations.version(permit, *version)));
    KURAMORI_TRY(document,
                 json::parse_object(stored.texts.document, {.bytes_max = organisation::kDocumentBytesMax}));
    result.emplace("document", std::move(document));
  } else {
    result.emplace("document", organisation::to_json(current.directory->content()));
  }
  KURAMORI_CHECK(
      wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = "export"})));
  return result;
}

// document, or units?, people?, contacts? as tables; reason?, expected_version?, dry_run?, confirm_removals?
Result<json::Object> AdminOperations::organisation_import(const Call& call) {
  KURAMORI_TRY(reason, json::optional_string(call.arguments, "reason"));
  KURAMORI_TRY(expected, json::optional_integer(call.arguments, "expected_version"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminOrganisationImport));
  const workforce::OrganisationInForce current = node_.organisations.in_force();
  KURAMORI_TRY(content, read_content(call.arguments, *current.directory));
  if (!content.problems.empty()) return invalid(std::move(content.problems), current.version);
  const bool is_document = call.arguments.contains("document");
  workforce::ImportRequest request{
      .content = std::move(content.content),
      .origin = is_document ? workforce::Origin::Document : workforce::Origin::Tables,
      .reason = reason.value_or(""),
      .expected_version = expected ? *expected : current.version,
      .removals = removals_of(call.arguments)};
  if (!json::bool_or(call.arguments, "dry_run", false)) {
    KURAMORI_TRY(outcome, wait(node_.organisations.import(std::move(permit), std::move(request))));
    return to_json(outcome);
  }
  KURAMORI_TRY(outcome, wait(node_.organisations.examine(permit, std::move(request))));
  KURAMORI_CHECK(
      wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = "dry run"})));
  return to_json(outcome);
}

// limit?, before?
Result<json::Object> AdminOperations::organisation_history(const Call& call) {
  KURAMORI_TRY(limit, json::optional_integer(call.arguments, "limit"));
  KURAMORI_TRY(before, json::optional_integer(call.arguments, "before"));
  if (limit && *limit < 1) return invalid_argument("The limit must be at least 1.");
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminOrganisationRead));
  KURAMORI_TRY(versions, wait(node_.organisations.history(
                             permit, before, static_cast<std::size_t>(limit.value_or(kHistoryStandard)))));
  KURAMORI_CHECK(
      wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = "history"})));
  json::Array list;
  for (const workforce::OrganisationVersion& version : versions)
    list.emplace_back(workforce::to_json(version));
  return json::Object{{"versions", std::move(list)}};
}

// version, reason?, expected_version?, confirm_removals?
Result<json::Object> AdminOperations::organisation_rollback(const Call& call) {
  KURAMORI_TRY(version, json::optional_integer(call.arguments, "version"));
  KURAMORI_TRY(reason, json::optional_string(call.arguments, "reason"));
  if (!version) return missing_argument("version");
  KURAMORI_TRY(expected, json::optional_integer(call.arguments, "expected_version"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminOrganisationImport));
  workforce::OrganisationStore::RollbackRequest request{.version = *version,
                                                        .reason = reason.value_or(""),
                                                        .expected_version = expected,
                                                        .removals = removals_of(call.arguments)};
  KURAMORI_TRY(outcome, wait(node_.organisations.roll_back(std::move(permit), std::move(request))));
  return to_json(outcome);
}

}  // namespace kuramori::app
