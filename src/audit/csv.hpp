// CSV (RFC 4180) that is safe to open in a spreadsheet: every field is quoted, and one that a spreadsheet
// would take for a formula begins with an apostrophe. The apostrophe is taken off again when the file is
// read.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::audit {

// With a comma before it unless it is the first of its record.
void append_csv_field(std::string& out, std::string_view text);
// The fields of one record without its line end; nothing when it is malformed.
std::optional<std::vector<std::string>> parse_csv_record(std::string_view record);

}  // namespace kuramori::audit
