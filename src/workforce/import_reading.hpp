// From what an administrator brings to a content: the JSON document, whole, or comma-separated tables over
// what is in force. Pure. Every mistake is told with its place.
//
//   ReadContent read = read_tables(current->content(), {.people = csv});
//   if (!read.problems.empty()) tell(read.problems);
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "organisation/directory.hpp"

namespace kuramori::workforce {

struct ReadContent {
  organisation::Content content;  // counts when there are no problems
  std::vector<organisation::Problem> problems;
};

// The subject of a problem is "line 3, column 5".
ReadContent read_document(std::string_view json);

// A table replaces all that is said of its kind; what has no table stays.
struct Tables {
  std::optional<std::string> units = {};
  std::optional<std::string> people = {};
  std::optional<std::string> contacts = {};
};
// The subject of a problem is "people, line 12".
ReadContent read_tables(organisation::Content base, const Tables& tables);

}  // namespace kuramori::workforce
