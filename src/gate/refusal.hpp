// A refusal by policy: a value that explains itself, not an error.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace kuramori::gate {

// One text in the four languages of the product.
struct Localised {
  std::string en;
  std::string zh_hans;
  std::string zh_hant;
  std::string ja;
  const std::string& in(std::string_view language) const;  // BCP 47; English when unknown
};

struct Refusal {
  std::string rule;               // identifier of the rule
  std::int64_t policy_version = 0;
  Localised explanation;          // what was refused, by which rule, and what the user can do; whole sentences
  std::string language;           // the subject's
  std::string decision_id;        // random; the same in the record, so that a user can ask about it

  const std::string& message() const { return explanation.in(language); }
};

}  // namespace kuramori::gate
