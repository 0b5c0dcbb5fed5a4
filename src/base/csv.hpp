// Comma-separated values (RFC 4180) with a header line.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kuramori {

struct CsvRow {
  std::size_t line = 0;  // where it begins, from 1
  std::map<std::string, std::string, std::less<>> fields;

  // Empty for a column that the file does not have.
  std::string_view at(std::string_view column) const {
    const auto found = fields.find(column);
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
  }
};

// Rows by column name. Quoted fields may hold commas, quotes (doubled) and line ends; a byte order mark is
// skipped. Errors name the line.
Result<std::vector<CsvRow>> parse_csv(std::string_view text);

}  // namespace kuramori
