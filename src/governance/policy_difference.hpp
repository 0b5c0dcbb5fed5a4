// What distinguishes two versions of a policy document: rules added, removed and changed field by field,
// every other section by its path. Entries of lists are told apart by their id, so that a list that was
// sorted anew is no difference but its order.
//
//   json::Object difference = policy_difference(*json::parse_object(old), *json::parse_object(now));
//
// Pure. Both documents are good policies (parse_policy).
#pragma once
#include "json/json.hpp"

namespace kuramori::governance {

struct DifferenceLimits {
  std::size_t changes_max = 2'000;       // rules and paths together; more are counted
  std::size_t value_octets_max = 8'192;  // a larger value is told by its size
  std::size_t entries_max = 100;         // of a list of plain values, added and removed
};

// {"rules": {"added": [{"rule", "layer"?, "value"}], "removed": […], "changed": [{"rule", "fields":
// [change]}],
//  "reordered": bool}, "sections": [change], "changes": n, "told": n}
// where a change is {"path", "before"?, "after"?}, or for lists of plain values {"path", "added": […],
// "removed": […], "added_count", "removed_count"}. A value that is too large is {"octets": n}.
json::Object policy_difference(const json::Object& before, const json::Object& after,
                               const DifferenceLimits& limits = {});

}  // namespace kuramori::governance
