// The condition tree of a rule: all, any, not over leaves that look at the subject or at the content.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "governance/decision.hpp"
#include "base/network.hpp"

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
    Finding,    // at least `minimum` distinct values of detector `reference`
  };
  Kind kind = Kind::All;
  std::vector<Condition> children = {};
  std::vector<std::string> values = {};
  std::vector<Network> networks = {};
  std::string reference = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::uint32_t source = 0;  // place of `reference` among the findings; set when the policy is compiled
};

// Counts what the inspection of the content found; inspects when first asked.
class FindingSource {
 public:
  virtual ~FindingSource() = default;
  virtual std::uint32_t count(std::uint32_t source) = 0;
};

bool holds(const Condition& condition, const Question& question, FindingSource& findings);
// Cheap leaves first, so that the content is inspected only when it can matter.
void order_by_cost(Condition& condition);
bool matches_any(const std::vector<std::string>& globs, std::string_view text);

}  // namespace kuramori::governance
