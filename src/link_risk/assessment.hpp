// What is known and suspected of the links in a content.
//
//   Knowledge knowledge{.hosts = hosts, .lists = lists, .look_alikes = names};
//   Assessment found = assess(content, knowledge, now);
//   for (const LinkFinding& finding : found.findings) refuse_if(finding.verdict == Verdict::Malicious);
//
// Pure and thread-safe: from memory alone.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "link_risk/extraction.hpp"
#include "link_risk/link_lists.hpp"
#include "link_risk/look_alikes.hpp"

namespace kuramori::link_risk {

// In rising strength: the strongest reason gives the verdict.
enum class Verdict : std::uint8_t {
  Unknown,
  Allowed,    // the organisation's allow list
  Shortener,  // where it leads is not shown
  IpLiteral,  // an address in place of a name
  Disguised,  // user information or hidden characters, or more links than can be judged
  Mismatch,   // the text shows another host than the target
  LookAlike,  // poses as a protected name
  Malicious,  // a block list
};
std::string_view to_string(Verdict verdict);  // "look_alike"
std::optional<Verdict> verdict_named(std::string_view name);

enum class ReasonCode : std::uint8_t {
  Allowed,
  Shortener,
  Address,
  UnusualAddress,
  UserInformation,
  HiddenCharacters,
  Defanged,
  TooManyLinks,
  TextMismatch,
  Punycode,
  Confusable,
  Misspelt,
  OtherSuffix,
  NameInside,
  MixedScripts,
  Blocked,
};
std::string_view to_string(ReasonCode code);

struct Reason {
  ReasonCode code;
  std::string detail = {};  // the protected name, the shown host, the list's reason

  friend bool operator==(const Reason&, const Reason&) = default;
};

struct LinkFinding {
  std::string url;
  std::string host;
  std::string registrable;
  Verdict verdict = Verdict::Unknown;
  std::vector<Reason> reasons;
  std::string source = {};  // the list that names it
};

struct Knowledge {
  std::shared_ptr<const HostReader> hosts;
  std::shared_ptr<const LinkLists> lists;
  std::shared_ptr<const LookAlikes> look_alikes;
};

struct Assessment {
  std::vector<LinkFinding> findings;  // each address once; unsuspicious ones too
  Verdict strongest = Verdict::Unknown;
};

Assessment assess(const json::Object& content, const Knowledge& knowledge, Timestamp now);
// At the time of a click, or for a single question.
LinkFinding assess_link(const Link& link, const Knowledge& knowledge, Timestamp now);

}  // namespace kuramori::link_risk
