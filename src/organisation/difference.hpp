// What an import would change, told before it does: entry by entry and field by field. The history keeps the
// same form.
#pragma once
#include <string>
#include <vector>

#include "json/json.hpp"
#include "organisation/content.hpp"

namespace kuramori::organisation {

struct FieldChange {
  std::string field;
  std::string before;  // as text; empty: nothing
  std::string after;
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

struct Change {
  enum class Kind : std::uint8_t { Added, Changed, Removed };
  enum class Of : std::uint8_t { Unit, Person, Contact, VisibilityRule };
  Kind kind;
  Of of;
  std::string id;
  std::vector<FieldChange> fields;
};
std::string_view to_string(Change::Kind kind);
std::string_view to_string(Change::Of of);

struct Difference {
  std::vector<Change> changes;  // units, people, contacts, rules; each by id
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t removed = 0;
  bool is_empty() const { return changes.empty(); }
};

Difference difference(const Content& before, const Content& after);
json::Object to_json(const Difference& difference);

}  // namespace kuramori::organisation
