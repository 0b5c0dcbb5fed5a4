// A refusal by policy: a value that explains itself, not an error.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"

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
  enum class Kind : std::uint8_t {
    Final,
    Confirm,  // the same again within Gate::kConfirmWithin goes through
    Hold,     // goes through when it is approved: whoever can keep the act asks for that (approvals)
    StepUp,   // goes through once the session has proved its password: POST /_kuramori/v1/step-up
  };
  Kind kind = Kind::Final;
  std::string rule;  // identifier of the rule
  std::int64_t policy_version = 0;
  Localised explanation;    // what was refused, by which rule, and what the user can do; whole sentences
  std::string language;     // the subject's
  std::string decision_id;  // random; the same in the record, so that a user can ask about it
  // Of a Hold: the rules that hold it back, what is asked for when it is allowed ("label", "chain"), and what
  // the content would be sent as (masks and label applied).
  std::vector<std::string> holding_rules;
  json::Array obligations;
  std::optional<json::Object> content;
  std::int64_t step_up_minutes = 0;  // of a StepUp: how lately the password must have been proved

  const std::string& message() const { return explanation.in(language); }
};

}  // namespace kuramori::gate
