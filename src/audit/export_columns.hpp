// Names in export files that both the writer and the reader use.
#pragma once
#include <array>
#include <string_view>

namespace kuramori::audit {

// So that spreadsheets read UTF-8.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::string_view kHeaderType = "header";
constexpr std::string_view kEntryType = "entry";
constexpr std::string_view kEndType = "end";
constexpr std::string_view kProofType = "proof";

constexpr std::array<std::string_view, 21> kExportColumns = {
    "type",    "index",   "time",           "kind",     "operation", "resource", "detail",
    "outcome", "rule",    "policy_version", "subject",  "person",    "user",     "device",
    "session", "address", "user_agent",     "personal", "leaf",      "proof",    "entry"};
namespace export_column {
enum : std::size_t {
  Type = 0,
  Index = 1,
  Resource = 5,
  Detail = 6,
  Person = 11,
  User = 12,
  Leaf = 18,
  Proof = 19,
  Entry = 20
};
}

}  // namespace kuramori::audit
