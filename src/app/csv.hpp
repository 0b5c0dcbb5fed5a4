// Comma-separated values (RFC 4180) with a header line.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kuramori::app {

using CsvRow = std::map<std::string, std::string>;

// Rows by column name. Quoted fields may hold commas, quotes (doubled) and line ends; a byte order mark is
// skipped. Errors name the line.
Result<std::vector<CsvRow>> parse_csv(std::string_view text);

}  // namespace kuramori::app
