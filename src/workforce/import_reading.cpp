#include "workforce/import_reading.hpp"

#include "organisation/document.hpp"
#include "organisation/tables_csv.hpp"

namespace kuramori::workforce {
namespace {

using organisation::Problem;

template <class Entry>
void replace(std::vector<Entry>& entries, std::string_view table, organisation::ParsedTable<Entry> parsed,
             std::vector<Problem>& problems) {
  for (Problem& problem : parsed.problems)
    problems.push_back(
        {.subject = std::string(table) + ", " + problem.subject, .message = std::move(problem.message)});
  entries = std::move(parsed.entries);
}

}  // namespace

ReadContent read_document(std::string_view json) {
  organisation::ParsedDocument parsed = organisation::parse_document(json);
  ReadContent read{.content = std::move(parsed.content), .problems = {}};
  for (const governance::Issue& issue : parsed.issues) {
    read.problems.push_back(
        {.subject = "line " + std::to_string(issue.line) + ", column " + std::to_string(issue.column),
         .message = issue.path.empty() ? issue.message : issue.path + ": " + issue.message});
  }
  return read;
}

ReadContent read_tables(organisation::Content base, const Tables& tables) {
  ReadContent read{.content = std::move(base), .problems = {}};
  if (tables.units)
    replace(read.content.units, "units", organisation::parse_units(*tables.units), read.problems);
  if (tables.people)
    replace(read.content.people, "people", organisation::parse_people(*tables.people), read.problems);
  if (tables.contacts)
    replace(read.content.contacts, "contacts", organisation::parse_contacts(*tables.contacts), read.problems);
  return read;
}

}  // namespace kuramori::workforce
