// What is asked of a policy, and what it answers. Views only: a question borrows from whoever asks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"

namespace kuramori::governance {

// In rising strength: of the rules that match, the strongest effect decides, and within one effect the first
// rule.
enum class Effect : std::uint8_t { Allow, Warn, Mask, Refuse };
std::string_view to_string(Effect effect);

// How far a finding is believed.
enum class Confidence : std::uint8_t { Low, Medium, High };
constexpr std::size_t kConfidences = 3;

// One text in the four languages of the product.
struct Explanation {
  std::string en;
  std::string zh_hans;
  std::string zh_hant;
  std::string ja;
};

struct SubjectAttributes {
  std::string_view user = {};  // @alice:example.org; empty: the system itself
  std::string_view role = {};  // as the gate names it
  std::string_view device = {};
  std::string_view address = {};  // IPv4 or IPv6, without port
  std::string_view user_agent = {};
  std::string_view language = {};  // BCP 47
};

struct ResourceAttributes {
  std::string_view room = {};
  std::string_view user = {};
  std::string_view event_type = {};
  std::string_view name = {};
};

struct Question {
  std::string_view operation = {};
  SubjectAttributes subject = {};
  ResourceAttributes resource = {};
  const json::Object* content = nullptr;  // what is inspected; null when there is none
};

// What a detector or a dictionary found: never the text itself.
struct Finding {
  std::string source;   // the detector's or dictionary's id
  std::uint32_t count;  // distinct values (terms), however often each appears
};

struct Decision {
  Effect effect = Effect::Allow;
  std::string rule;         // empty: no rule matched
  Explanation explanation;  // empty for Allow
  std::vector<Finding> findings;
  std::optional<json::Object> masked_content;  // for Mask
  json::Array obligations;                     // of the matching rules with the deciding effect, in order
  std::vector<std::string> matched_rules;      // every rule that matched, in document order
};

}  // namespace kuramori::governance
