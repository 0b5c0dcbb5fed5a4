// An organisation as a JSON document (docs/organisation.schema.json): the form of imports, exports and of the
// history.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "governance/policy_document.hpp"
#include "json/json.hpp"
#include "organisation/content.hpp"

namespace kuramori::organisation {

constexpr std::size_t kDocumentBytesMax = 64UL << 20U;

struct ParsedDocument {
  Content content;
  std::vector<governance::Issue> issues;  // every mistake with its line and column; the content counts when
                                          // there are none
};
// Checks the form alone; Directory::check() checks that it fits together.
ParsedDocument parse_document(std::string_view text);

json::Object to_json(const Content& content);

}  // namespace kuramori::organisation
