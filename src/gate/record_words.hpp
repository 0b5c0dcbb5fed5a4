// How acts and what the gate says of them are called in the record.
#pragma once
#include <string_view>

#include "audit/entry.hpp"
#include "gate/permit.hpp"
#include "gate/refusal.hpp"

namespace kuramori::gate {

std::string_view outcome_of(Refusal::Kind kind);
audit::EntryKind kind_of(Operation operation);
// An auditor's reads, and an administrator's of what belongs to somebody else; each page that anybody is
// shown.
bool is_recorded_read(const Permit& permit);

}  // namespace kuramori::gate
