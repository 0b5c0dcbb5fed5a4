// What is asked of a policy, and what it answers. Views only: a question borrows from whoever asks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "json/json.hpp"

namespace kuramori::governance {

class Surroundings;

// In rising strength: of the rules that match, the strongest effect decides, and within one effect the first
// rule. What is masked is masked whatever decides; a warning asks for confirmation even when something is
// masked.
enum class Effect : std::uint8_t {
  Allow,
  Mask,
  Warn,  // the first attempt is refused and asks for a second one, which goes through
  Hold,  // waits for an approval
  Refuse
};
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

// What a file is, told by its content and never by its name alone.
struct FileFacts {
  std::string_view type = {};  // media type
  std::string_view name = {};
  std::uint64_t bytes = 0;
  bool is_encrypted = false;
  bool is_unreadable = false;  // damaged, of no known kind, or beyond the limits of what is read
  bool has_malware = false;
  bool was_scanned = true;      // false: no scanner answered
  std::string_view label = {};  // empty: none
};

struct Question {
  std::string_view operation = {};
  SubjectAttributes subject = {};
  ResourceAttributes resource = {};
  const json::Object* content = nullptr;  // what is inspected; null when there is none
  const FileFacts* file = nullptr;        // null when the act is about no file
  // What the organisation, the rooms and the past say; null: nothing is known, and no condition about it
  // holds.
  const Surroundings* surroundings = nullptr;
  Timestamp time = {};
};

// What a detector or a dictionary found: never the text itself.
struct Finding {
  std::string source;   // the detector's or dictionary's id
  std::uint32_t count;  // distinct values (terms), however often each appears
};

struct Decision {
  Effect effect = Effect::Allow;
  std::string rule;         // empty: no rule matched (Refuse with none: the policy's default)
  Explanation explanation;  // empty for Allow
  std::vector<Finding> findings;
  std::optional<json::Object> masked_content;  // when a rule that matched masks, unless refused
  std::string label;                           // of the content: what it carries joined with what rules say
  json::Array obligations;  // of all rules that matched, in order; when refused, of those that refuse
  std::vector<std::string> obliging_rules;  // of each obligation: the rule that has it
  std::vector<std::string> matched_rules;   // every rule that matched, in document order
  std::vector<std::string> asking_rules;    // of those the ones that warn
  std::vector<std::string> holding_rules;   // and the ones that hold
  std::vector<std::uint32_t> counters;      // that this act counts towards, when it is done
};

}  // namespace kuramori::governance
