// What the stored organisation owns. Names of people and companies are in the sealed columns alone.
#pragma once
#include <vector>

#include "storage/schema.hpp"

namespace kuramori::workforce {

// organisation_versions(version | created_ms, created_by, origin, restored?, added, changed, removed, reason?
// sealed): what a list of the history needs.
extern const storage::Table kOrganisationVersions;
// organisation_documents(version | document sealed, difference sealed): megabytes, apart from the list.
extern const storage::Table kOrganisationDocuments;

std::vector<const storage::Table*> tables();

}  // namespace kuramori::workforce
