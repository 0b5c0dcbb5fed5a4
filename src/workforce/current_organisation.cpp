#include "workforce/current_organisation.hpp"

#include "organisation/document.hpp"
#include "workforce/tables.hpp"

namespace kuramori::workforce {

Result<organisation::DirectoryPtr> read_stored_document(std::string_view document) {
  organisation::ParsedDocument parsed = organisation::parse_document(document);
  if (!parsed.issues.empty()) return corrupt("a stored organisation does not parse");
  organisation::Checked checked = organisation::Directory::check(std::move(parsed.content));
  if (checked.directory == nullptr) return corrupt("a stored organisation does not fit together");
  return std::move(checked.directory);
}

Result<std::unique_ptr<CurrentOrganisation>> CurrentOrganisation::open(storage::Reader& reader,
                                                                       const VersionRows& rows) {
  const auto newest = [](storage::Snapshot& snapshot) {
    storage::Scan scan;
    scan.table = &kOrganisationDocuments;
    scan.direction = storage::Direction::Backward;
    scan.limit = 1;
    return snapshot.scan(scan);
  };
  KURAMORI_TRY(found, reader.read_blocking(newest));
  OrganisationInForce in_force;
  if (found.empty()) {
    in_force.directory = organisation::Directory::check({}).directory;
  } else {
    in_force.version = storage::integer(found.front().front());
    KURAMORI_TRY(texts, rows.from_document_row(found.front()));
    KURAMORI_TRY(directory, read_stored_document(texts.document));
    in_force.directory = std::move(directory);
  }
  return std::unique_ptr<CurrentOrganisation>(new CurrentOrganisation(std::move(in_force)));
}

OrganisationInForce CurrentOrganisation::in_force() const {
  const std::scoped_lock lock(mutex_);
  return in_force_;
}

void CurrentOrganisation::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* changed = dynamic_cast<const OrganisationChanged*>(change.payload.get());
    if (changed == nullptr) continue;
    // The old directory may be large: it goes after the lock.
    OrganisationInForce next{.version = changed->version, .directory = changed->after};
    const std::scoped_lock lock(mutex_);
    std::swap(in_force_, next);
  }
}

}  // namespace kuramori::workforce
