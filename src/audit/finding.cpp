#include "audit/finding.hpp"

#include "base/assert.hpp"

namespace kuramori::audit {

std::string_view to_string(FindingKind kind) {
  switch (kind) {
    case FindingKind::Altered:
      return "altered";
    case FindingKind::Missing:
      return "missing";
    case FindingKind::Reordered:
      return "reordered";
    case FindingKind::Truncated:
      return "truncated";
    case FindingKind::Forged:
      return "forged";
    case FindingKind::Inconsistent:
      return "inconsistent";
    case FindingKind::BadSignature:
      return "bad_signature";
    case FindingKind::Malformed:
      return "malformed";
  }
  ensure(false, "a finding kind out of range");
  return {};
}

}  // namespace kuramori::audit
