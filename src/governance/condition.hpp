// The condition tree of a rule: all, any, not over leaves that look at the subject or at the content.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/network.hpp"
#include "governance/decision.hpp"
#include "governance/labels.hpp"
#include "governance/time_window.hpp"

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
    Client,      // the user agent
    Language,    // BCP 47 prefixes: "zh" holds for zh-Hant
    Network,     // the address lies in one of `networks`
    FieldSize,   // characters of the string at `reference` in the content lie in [minimum, maximum]
    Keyword,     // at least `minimum` distinct terms of dictionary `reference`
    Finding,     // at least `minimum` distinct values of detector `reference`, believed at least `confidence`
    Near,        // the two children, Finding or Keyword, stand within `maximum` characters of one another
    Department,  // the subject works in one of the units `values`, or below one
    OrganisationRole,  // the subject has one of the roles `values` in the organisation
    Region,            // the subject works in one of the regions: "CN" holds for CN-SH
    Employment,        // the subject's state is one of `values`
    Clearance,         // the subject is not cleared for the label of the content
    Destination,       // what is sent arrives at one of `bits` (governance::Destination)
    RoomClass,         // the room is of one of `bits`: 1 managed, 2 sealed
    Label,             // the label of the content is one of `bits` (places in the lattice)
    FileType,          // the file's media type matches one of the globs
    FileBytes,         // its size lies in [minimum, maximum]
    FileState,         // one of `bits` (FileStateBit) holds
    Link,              // a link of the content was judged as one of `bits` (LinkVerdict)
    Time,              // it is one of the times of `window`
    Counter,           // counter `reference` stands at `minimum` or more
    Contact,           // `minimum` is 1: the subject may begin to talk to the other person; 0: he may not
    LabelLowered,      // `minimum` is 1: a room's label is set below what it was, or taken off; 0: it is not
    Forwarded,         // `minimum` is 1: the content comes from another room; 0: it does not
    NoForward,         // `minimum` is 1: the content has the mark that it is not passed on; 0: it has not
  };
  enum FileStateBit : std::uint8_t { kEncrypted = 1, kUnreadable = 2, kMalware = 4, kNotScanned = 8 };
  static constexpr std::uint64_t kManaged = 1;
  static constexpr std::uint64_t kSealed = 2;

  Kind kind = Kind::All;
  std::vector<Condition> children = {};
  std::vector<std::string> values = {};
  std::vector<Network> networks = {};
  std::string reference = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  Confidence confidence = Confidence::Medium;
  std::uint32_t source =
      0;  // place of `reference` among findings or counters; set when the policy is compiled
  std::uint64_t bits = 0;
  std::shared_ptr<const TimeWindow> window = {};
};

// Counts what the inspection of the content found; inspects when first asked. The conditions are leaves.
class FindingSource {
 public:
  virtual ~FindingSource() = default;
  virtual std::uint32_t count(const Condition& leaf) = 0;
  virtual bool near(const Condition& one, const Condition& other, std::int64_t characters) = 0;
  // Appends every source of which anything was found, each once.
  virtual void found(std::vector<std::uint32_t>& sources) = 0;
};

// What the conditions of one evaluation look at.
struct Evaluation {
  const Question& question;
  FindingSource& findings;
  const LabelLattice& labels;
  LabelIndex label = 0;  // of the content, as far as it is known
};

bool holds(const Condition& condition, const Evaluation& evaluation);
// The leaves that decided, told for people: each with whether it holds (explain).
struct TracedCondition {
  const Condition* condition;
  bool holds;
  std::vector<TracedCondition> children;
};
TracedCondition trace(const Condition& condition, const Evaluation& evaluation);
std::string_view name_of(Condition::Kind kind);  // as the document calls it
// Cheap leaves first, so that the content is inspected only when it can matter.
void order_by_cost(Condition& condition);
bool matches_any(const std::vector<std::string>& globs, std::string_view text);

}  // namespace kuramori::governance
