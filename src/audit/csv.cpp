#include "audit/csv.hpp"

#include <algorithm>
#include <array>

namespace kuramori::audit {
namespace {

// Also in full width: spreadsheets of Chinese and Japanese editions take those for the same. The apostrophe
// itself, so that reading is the exact reverse of writing.
constexpr std::array<std::string_view, 12> kFormulaStarts = {
    "=",           "+", "-", "@", "\t", "\r", "\n", "'", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
    "\xEF\xBC\xA0"};

bool looks_like_formula(std::string_view text) {
  return std::ranges::any_of(kFormulaStarts, [text](auto start) { return text.starts_with(start); });
}

}  // namespace

void append_csv_field(std::string& out, std::string_view text) {
  if (!out.empty() && out.back() == '"') out += ',';
  out += '"';
  if (looks_like_formula(text)) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::optional<std::vector<std::string>> parse_csv_record(std::string_view record) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (true) {
    if (at >= record.size() || record[at] != '"') return std::nullopt;
    std::string field;
    for (++at;; ++at) {
      if (at >= record.size()) return std::nullopt;
      if (record[at] == '"') {
        if (at + 1 >= record.size() || record[at + 1] != '"') break;
        ++at;
      }
      field += record[at];
    }
    ++at;
    if (field.starts_with('\'')) {
      field.erase(0, 1);
      if (!looks_like_formula(field)) return std::nullopt;  // we add one only where it is needed
    } else if (looks_like_formula(field)) {
      return std::nullopt;
    }
    fields.push_back(std::move(field));
    if (at == record.size()) return fields;
    if (record[at++] != ',') return std::nullopt;
  }
}

}  // namespace kuramori::audit
