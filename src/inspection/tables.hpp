// What is stored of inspections.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::inspection {

// file_inspections(origin, media_id | state, reason, rule, policy_version, inspected_ms, decided_by, sealed):
// how the last inspection of a file ended: released, held or removed. `decided_by` is who decided otherwise,
// null while nobody has. `sealed` holds what was found (true type, limits, malware, counts, never text), null
// once the file is removed.
extern const storage::Table kFileInspections;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::inspection
