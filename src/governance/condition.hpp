// The condition tree of a rule: all, any, not over leaves that look at the subject or at the content.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/network.hpp"
#include "governance/decision.hpp"

namespace kuramori::governance {

struct Condition {
  enum class Kind : std::uint8_t {
    All,
    Any,
    Not,         // one child
    Role,        // the subject's role is one of `values`
    User,        // the subject's user id matches one of the globs
    UserServer,  // the server part of the subject's user id matches
    Device,
    Client,     // the user agent
    Language,   // BCP 47 prefixes: "zh" holds for zh-Hant
    Network,    // the address lies in one of `networks`
    FieldSize,  // characters of the string at `reference` in the content lie in [minimum, maximum]
    Keyword,    // at least `minimum` distinct terms of dictionary `reference`
    Finding,    // at least `minimum` distinct values of detector `reference`, believed at least `confidence`
    Near,       // the two children, Finding or Keyword, stand within `maximum` characters of one another
  };
  Kind kind = Kind::All;
  std::vector<Condition> children = {};
  std::vector<std::string> values = {};
  std::vector<Network> networks = {};
  std::string reference = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  Confidence confidence = Confidence::Medium;
  std::uint32_t source = 0;  // place of `reference` among the findings; set when the policy is compiled
};

// Counts what the inspection of the content found; inspects when first asked. The conditions are leaves.
class FindingSource {
 public:
  virtual ~FindingSource() = default;
  virtual std::uint32_t count(const Condition& leaf) = 0;
  virtual bool near(const Condition& one, const Condition& other, std::int64_t characters) = 0;
};

bool holds(const Condition& condition, const Question& question, FindingSource& findings);
// Cheap leaves first, so that the content is inspected only when it can matter.
void order_by_cost(Condition& condition);
bool matches_any(const std::vector<std::string>& globs, std::string_view text);

}  // namespace kuramori::governance
