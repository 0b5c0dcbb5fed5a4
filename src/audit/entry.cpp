#include "audit/entry.hpp"

#include "base/assert.hpp"

namespace kuramori::audit {

std::string_view to_string(EntryKind kind) {
  switch (kind) {
    case EntryKind::Change:
      return "change";
    case EntryKind::Decision:
      return "decision";
    case EntryKind::Administration:
      return "administration";
    case EntryKind::Read:
      return "read";
    case EntryKind::Delivery:
      return "delivery";
    case EntryKind::System:
      return "system";
  }
  ensure(false, "an entry kind out of range");
  return {};
}

std::optional<EntryKind> parse_entry_kind(std::string_view name) {
  for (auto value = static_cast<std::uint8_t>(EntryKind::Change);
       value <= static_cast<std::uint8_t>(EntryKind::System); ++value) {
    const auto kind = static_cast<EntryKind>(value);
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace kuramori::audit
