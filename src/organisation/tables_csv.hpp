// Parts of an organisation as comma-separated tables, as personnel systems give them out. A mistake names the
// line; all mistakes are told at once.
#pragma once
#include <string_view>
#include <vector>

#include "organisation/content.hpp"
#include "organisation/directory.hpp"

namespace kuramori::organisation {

template <class Entry>
struct ParsedTable {
  std::vector<Entry> entries;
  std::vector<Problem> problems;  // the subject is "line 12"; the entries count when there are none
};

// id, kind, name, parent, head
ParsedTable<Unit> parse_units(std::string_view csv);
// user, name, unit, title, manager, roles (separated by ';'), clearance, region, employment. Somebody with
// several posts has a row for each; what is said of the person must then be the same in all.
ParsedTable<Person> parse_people(std::string_view csv);
// user, name, company, kind, owner
ParsedTable<Contact> parse_contacts(std::string_view csv);

}  // namespace kuramori::organisation
