#include "organisation/tables_csv.hpp"

#include <algorithm>
#include <initializer_list>
#include <unordered_map>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "organisation/words.hpp"

namespace kuramori::organisation {
namespace {

constexpr std::size_t kTextBytesMax = 255;

// Reads the fields of one row after the other and collects what is wrong with them.
class Table {
 public:
  using Columns = std::initializer_list<std::string_view>;

  Table(std::string_view csv, Columns required, Columns optional) {
    auto rows = parse_csv(csv);
    if (!rows) {
      problems_.push_back({.subject = "file", .message = rows.error().message()});
      return;
    }
    rows_ = *std::move(rows);
    if (!rows_.empty()) check_header(required, optional);
  }

  const std::vector<CsvRow>& rows() const { return rows_; }
  std::vector<Problem> take_problems() { return std::move(problems_); }

  void report(const CsvRow& row, std::string message) {
    if (problems_.size() < Bounds::kProblems)
      problems_.push_back({.subject = "line " + std::to_string(row.line), .message = std::move(message)});
  }

  std::string text(const CsvRow& row, std::string_view column) {
    const std::string_view value = row.at(column);
    if (value.size() > kTextBytesMax) report(row, std::string(column) + " is longer than 255 octets");
    return std::string(value);
  }
  std::string required(const CsvRow& row, std::string_view column) {
    std::string value = text(row, column);
    if (value.empty()) report(row, std::string(column) + " is missing");
    return value;
  }
  UserId user(const CsvRow& row, std::string_view column) {
    std::string value = text(row, column);
    if (!value.empty() && !is_user_id(value))
      report(row, std::string(column) + " must be a user ID such as @aiko:example.org");
    return UserId(std::move(value));
  }
  std::string unit_id(const CsvRow& row, std::string_view column) {
    std::string value = required(row, column);
    if (!value.empty() && !is_unit_id(value))
      report(row, std::string(column) + " must be letters, digits, '_', '-' and '.', at most 64");
    return value;
  }
  template <class Value, std::size_t Count>
  Value word(const CsvRow& row, std::string_view column, const Words<Value, Count>& words, Value fallback) {
    const std::string_view value = row.at(column);
    if (value.empty()) return fallback;
    if (const auto found = find_word(words, value)) return *found;
    report(row, std::string(column) + " must be " + listed(words));
    return fallback;
  }

 private:
  void check_header(Columns required, Columns optional) {
    const CsvRow& first = rows_.front();
    const auto is_in = [](Columns columns, std::string_view name) {
      return std::ranges::find(columns, name) != columns.end();
    };
    for (const std::string_view column : required) {
      if (!first.fields.contains(column)) report_header("there is no column '" + std::string(column) + "'");
    }
    for (const auto& [column, ignored] : first.fields) {
      if (!is_in(required, column) && !is_in(optional, column))
        report_header("the column '" + column + "' is not known");
    }
    if (!problems_.empty()) rows_.clear();
  }
  void report_header(std::string message) {
    problems_.push_back({.subject = "line 1", .message = std::move(message)});
  }

  std::vector<CsvRow> rows_;
  std::vector<Problem> problems_;
};

std::vector<std::string> split_roles(std::string_view text) {
  std::vector<std::string> roles;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view role = text::trim(text.substr(0, end));
    if (!role.empty()) roles.emplace_back(role);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return roles;
}

Person read_person(Table& table, const CsvRow& row) {
  Person person{.user = table.user(row, "user"),
                .name = table.required(row, "name"),
                .posts = {},
                .manager = table.user(row, "manager"),
                .roles = split_roles(row.at("roles")),
                .clearance = table.text(row, "clearance"),
                .region = table.text(row, "region"),
                .employment = table.word(row, "employment", kEmployments, Employment::Active)};
  if (person.user.empty()) table.report(row, "user is missing");
  if (!person.region.empty() && !is_region(person.region))
    table.report(row, "region must be an ISO 3166 code such as HK or CN-SH");
  if (!row.at("unit").empty())
    person.posts.push_back({.unit = table.unit_id(row, "unit"), .title = table.text(row, "title")});
  return person;
}

// Whether two rows say the same of a person, posts aside.
bool agree(Person one, Person other) {
  one.posts.clear();
  other.posts.clear();
  return one == other;
}

}  // namespace

ParsedTable<Unit> parse_units(std::string_view csv) {
  Table table(csv, {"id", "name"}, {"kind", "parent", "head"});
  ParsedTable<Unit> parsed;
  for (const CsvRow& row : table.rows()) {
    parsed.entries.push_back({.id = table.unit_id(row, "id"),
                              .kind = table.word(row, "kind", kUnitKinds, UnitKind::Department),
                              .name = table.required(row, "name"),
                              .parent = table.text(row, "parent"),
                              .head = table.user(row, "head")});
  }
  parsed.problems = table.take_problems();
  return parsed;
}

ParsedTable<Person> parse_people(std::string_view csv) {
  Table table(csv, {"user", "name"},
              {"unit", "title", "manager", "roles", "clearance", "region", "employment"});
  ParsedTable<Person> parsed;
  std::unordered_map<std::string, std::size_t> known;
  for (const CsvRow& row : table.rows()) {
    Person person = read_person(table, row);
    const auto [at, is_new] = known.emplace(person.user.str(), parsed.entries.size());
    if (is_new) {
      parsed.entries.push_back(std::move(person));
      continue;
    }
    Person& earlier = parsed.entries[at->second];
    if (!agree(earlier, person))
      table.report(row, "tells something else of " + person.user.str() + " than an earlier line");
    std::ranges::move(person.posts, std::back_inserter(earlier.posts));
  }
  parsed.problems = table.take_problems();
  return parsed;
}

ParsedTable<Contact> parse_contacts(std::string_view csv) {
  Table table(csv, {"user", "name", "owner"}, {"company", "kind"});
  ParsedTable<Contact> parsed;
  for (const CsvRow& row : table.rows()) {
    Contact contact{.user = table.user(row, "user"),
                    .name = table.required(row, "name"),
                    .company = table.text(row, "company"),
                    .kind = table.word(row, "kind", kContactKinds, ContactKind::Customer),
                    .owner = table.user(row, "owner")};
    if (contact.user.empty()) table.report(row, "user is missing");
    if (contact.owner.empty()) table.report(row, "owner is missing");
    parsed.entries.push_back(std::move(contact));
  }
  parsed.problems = table.take_problems();
  return parsed;
}

}  // namespace kuramori::organisation
