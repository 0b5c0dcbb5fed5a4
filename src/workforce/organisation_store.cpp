#include "workforce/organisation_store.hpp"

#include <algorithm>

#include "organisation/document.hpp"
#include "workforce/tables.hpp"

namespace kuramori::workforce {

using organisation::Change;
using organisation::DirectoryPtr;
using runtime::Task;

namespace {

bool removes_units_or_people(const organisation::Difference& difference) {
  return std::ranges::any_of(difference.changes, [](const Change& change) {
    return change.kind == Change::Kind::Removed &&
           (change.of == Change::Of::Unit || change.of == Change::Of::Person);
  });
}

bool works_here(const organisation::Directory& directory, const UserId& user) {
  const organisation::Person* person = directory.person(user);
  return person != nullptr && person->employment != organisation::Employment::Left;
}

std::vector<UserId> departed(const organisation::Directory& before, const organisation::Directory& after) {
  std::vector<UserId> users;
  for (const organisation::Person& person : before.content().people) {
    if (works_here(before, person.user) && !works_here(after, person.user)) users.push_back(person.user);
  }
  return users;
}

std::string difference_text(const organisation::Difference& difference, std::size_t bytes_max) {
  std::string text = json::serialize(organisation::to_json(difference));
  if (text.size() <= bytes_max) return text;
  const json::Object counts{{"added", difference.added},
                            {"changed", difference.changed},
                            {"removed", difference.removed},
                            {"truncated", true}};
  return json::serialize(counts);
}

// For the record: identifiers and numbers, no names.
std::string record_detail(const OrganisationVersion& version) {
  std::string detail = "organisation:" + std::to_string(version.version);
  if (version.restored) detail += ", restores " + std::to_string(*version.restored);
  detail += ", added " + std::to_string(version.added);
  detail += ", changed " + std::to_string(version.changed);
  detail += ", removed " + std::to_string(version.removed);
  return detail;
}

Error no_such_version() {
  return not_found("There is no such version of the organisation.");
}

Error version_changed(std::int64_t version) {
  return Error(ErrorCode::Conflict, "KURAMORI_VERSION_CHANGED",
               "The organisation was changed meanwhile: version " + std::to_string(version) +
                   " is in force. Look at it, and import again.");
}

}  // namespace

Result<void> OrganisationStore::check(const ImportRequest& request, const OrganisationInForce& base) const {
  if (request.expected_version && *request.expected_version != base.version)
    return version_changed(base.version);
  if (request.reason.size() > kReasonBytesMax)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE",
                 "The reason is longer than " + std::to_string(kReasonBytesMax) + " octets.");
  return {};
}

Task<Result<OrganisationStore::Prepared>> OrganisationStore::prepare(ImportRequest request,
                                                                     OrganisationInForce base) {
  auto work = [this, request = std::move(request), base = std::move(base)]() mutable -> Result<Prepared> {
    Prepared prepared;
    prepared.outcome.version = base.version;
    organisation::Checked checked = organisation::Directory::check(std::move(request.content));
    if (checked.directory == nullptr) {
      prepared.outcome.kind = ImportOutcome::Kind::Invalid;
      prepared.outcome.problems = std::move(checked.problems);
      return prepared;
    }
    prepared.directory = std::move(checked.directory);
    prepared.outcome.difference =
        organisation::difference(base.directory->content(), prepared.directory->content());
    if (prepared.outcome.difference.is_empty()) return prepared;
    if (request.removals == Removals::Refuse && removes_units_or_people(prepared.outcome.difference)) {
      prepared.outcome.kind = ImportOutcome::Kind::NeedsConfirmation;
      return prepared;
    }
    prepared.outcome.kind = ImportOutcome::Kind::Stored;
    VersionTexts texts;
    texts.document = json::serialize(organisation::to_json(prepared.directory->content()));
    if (texts.document.size() > organisation::kDocumentBytesMax)
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The organisation is too large to be kept.");
    texts.difference = difference_text(prepared.outcome.difference, kDifferenceBytesMax);
    prepared.document = rows_.to_document_row(base.version + 1, texts);
    return prepared;
  };
  auto running = ports_.workers.run(std::move(work));
  auto prepared = co_await std::move(running);
  co_return prepared;
}

Task<Result<ImportOutcome>> OrganisationStore::examine(const gate::Permit& permit, ImportRequest request) {
  permit.require(gate::Operation::AdminOrganisationImport);
  const OrganisationInForce base = in_force();
  KURAMORI_CO_CHECK(check(request, base));
  auto preparing = prepare(std::move(request), base);
  auto prepared = co_await std::move(preparing);
  if (!prepared) co_return std::move(prepared).error();
  co_return std::move(prepared->outcome);
}

Task<Result<ImportOutcome>> OrganisationStore::import(gate::Permit permit, ImportRequest request) {
  auto storing = store(std::move(permit), std::move(request), std::nullopt);
  auto outcome = co_await std::move(storing);
  co_return outcome;
}

Task<Result<ImportOutcome>> OrganisationStore::roll_back(gate::Permit permit, RollbackRequest request) {
  auto reading = read(request.version);
  auto stored = co_await std::move(reading);
  if (!stored) co_return std::move(stored).error();
  auto parsing = [document = std::move(stored->texts.document)] { return read_stored_document(document); };
  auto running = ports_.workers.run(std::move(parsing));
  auto directory = co_await std::move(running);
  if (!directory) co_return std::move(directory).error();
  ImportRequest import{.content = (*directory)->content(),
                       .origin = Origin::Rollback,
                       .reason = std::move(request.reason),
                       .expected_version = request.expected_version,
                       .removals = request.removals};
  auto storing = store(std::move(permit), std::move(import), request.version);
  auto outcome = co_await std::move(storing);
  co_return outcome;
}

Task<Result<ImportOutcome>> OrganisationStore::store(gate::Permit permit, ImportRequest request,
                                                     std::optional<std::int64_t> restored) {
  permit.require(gate::Operation::AdminOrganisationImport);
  KURAMORI_CO_TRY(alone, co_await importing_.enter());
  const OrganisationInForce base = in_force();
  KURAMORI_CO_CHECK(check(request, base));
  OrganisationVersion version{.version = base.version + 1,
                              .created = ports_.clock.now(),
                              .author = permit.subject().user,
                              .origin = request.origin,
                              .restored = restored,
                              .reason = request.reason};
  auto preparing = prepare(std::move(request), base);
  auto prepared = co_await std::move(preparing);
  if (!prepared) co_return std::move(prepared).error();
  if (prepared->outcome.kind != ImportOutcome::Kind::Stored) co_return std::move(prepared->outcome);
  const organisation::Difference& difference = prepared->outcome.difference;
  version.added = static_cast<std::int64_t>(difference.added);
  version.changed = static_cast<std::int64_t>(difference.changed);
  version.removed = static_cast<std::int64_t>(difference.removed);

  storage::UnitOfWork work;
  work.insert(kOrganisationVersions, rows_.to_row(version));
  work.insert(kOrganisationDocuments, std::move(prepared->document));
  auto change = std::make_shared<OrganisationChanged>();
  change->version = version.version;
  change->before = base.directory;
  change->after = prepared->directory;
  change->departed = departed(*base.directory, *prepared->directory);
  work.publish(work.next(storage::Sequence::Stream), std::move(change));
  gate::Outcome recorded{.detail = record_detail(version)};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(recorded));
  const auto receipt = co_await std::move(committing);
  if (!receipt) {
    // Another process was faster.
    if (receipt.error().code() == ErrorCode::Conflict) co_return version_changed(version.version);
    co_return receipt.error();
  }
  prepared->outcome.version = version.version;
  co_return std::move(prepared->outcome);
}

Task<Result<std::vector<OrganisationVersion>>> OrganisationStore::history(const gate::Permit& permit,
                                                                          std::optional<std::int64_t> before,
                                                                          std::size_t limit) {
  permit.require(gate::Operation::AdminOrganisationRead);
  storage::Scan scan;
  scan.table = &kOrganisationVersions;
  scan.direction = storage::Direction::Backward;
  scan.limit = std::min(limit, kHistoryMax);
  if (before) scan.below = *before;
  auto query = [this, scan = std::move(scan)](
                   storage::Snapshot& snapshot) -> Result<std::vector<OrganisationVersion>> {
    KURAMORI_TRY(rows, snapshot.scan(scan));
    std::vector<OrganisationVersion> versions;
    for (const storage::Row& row : rows) {
      KURAMORI_TRY(version, rows_.from_row(row));
      versions.push_back(std::move(version));
    }
    return versions;
  };
  auto reading = ports_.reader.read(std::move(query));
  auto versions = co_await std::move(reading);
  co_return versions;
}

Task<Result<OrganisationStore::StoredVersion>> OrganisationStore::version(const gate::Permit& permit,
                                                                          std::int64_t version) {
  permit.require(gate::Operation::AdminOrganisationRead);
  auto reading = read(version);
  auto stored = co_await std::move(reading);
  co_return stored;
}

Task<Result<OrganisationStore::StoredVersion>> OrganisationStore::read(std::int64_t version) {
  auto query = [this, version](storage::Snapshot& snapshot) -> Result<StoredVersion> {
    KURAMORI_TRY(row, snapshot.get(kOrganisationVersions, {version}));
    KURAMORI_TRY(large, snapshot.get(kOrganisationDocuments, {version}));
    if (!row || !large) return no_such_version();
    KURAMORI_TRY(about, rows_.from_row(*row));
    KURAMORI_TRY(texts, rows_.from_document_row(*large));
    return StoredVersion{.about = std::move(about), .texts = std::move(texts)};
  };
  auto reading = ports_.reader.read(std::move(query));
  auto stored = co_await std::move(reading);
  co_return stored;
}

}  // namespace kuramori::workforce
