#include "link_risk/assessment.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "link_risk/shorteners.hpp"

namespace kuramori::link_risk {
namespace {

struct VerdictName {
  Verdict verdict;
  std::string_view name;
};
constexpr auto kVerdicts = std::to_array<VerdictName>({{Verdict::Unknown, "unknown"},
                                                       {Verdict::Allowed, "allowed"},
                                                       {Verdict::Shortener, "shortener"},
                                                       {Verdict::IpLiteral, "ip_literal"},
                                                       {Verdict::Disguised, "disguised"},
                                                       {Verdict::Mismatch, "mismatch"},
                                                       {Verdict::LookAlike, "look_alike"},
                                                       {Verdict::Malicious, "malicious"}});

struct ReasonName {
  ReasonCode code;
  std::string_view name;
  Verdict verdict;  // that it gives
};
constexpr auto kReasons =
    std::to_array<ReasonName>({{ReasonCode::Allowed, "allowed", Verdict::Allowed},
                               {ReasonCode::Shortener, "shortener", Verdict::Shortener},
                               {ReasonCode::Address, "address", Verdict::IpLiteral},
                               {ReasonCode::UnusualAddress, "unusual_address", Verdict::IpLiteral},
                               {ReasonCode::UserInformation, "user_information", Verdict::Disguised},
                               {ReasonCode::HiddenCharacters, "hidden_characters", Verdict::Disguised},
                               {ReasonCode::Defanged, "defanged", Verdict::Unknown},
                               {ReasonCode::TooManyLinks, "too_many_links", Verdict::Disguised},
                               {ReasonCode::TextMismatch, "text_mismatch", Verdict::Mismatch},
                               {ReasonCode::Punycode, "punycode", Verdict::Unknown},
                               {ReasonCode::Confusable, "confusable", Verdict::LookAlike},
                               {ReasonCode::Misspelt, "misspelt", Verdict::LookAlike},
                               {ReasonCode::OtherSuffix, "other_suffix", Verdict::LookAlike},
                               {ReasonCode::NameInside, "name_inside", Verdict::LookAlike},
                               {ReasonCode::MixedScripts, "mixed_scripts", Verdict::LookAlike},
                               {ReasonCode::Blocked, "blocked", Verdict::Malicious}});

ReasonCode reason_of(PoseKind kind) {
  switch (kind) {
    case PoseKind::Confusable:
      return ReasonCode::Confusable;
    case PoseKind::Misspelt:
      return ReasonCode::Misspelt;
    case PoseKind::OtherSuffix:
      return ReasonCode::OtherSuffix;
    case PoseKind::NameInside:
      return ReasonCode::NameInside;
    case PoseKind::MixedScripts:
      break;
  }
  return ReasonCode::MixedScripts;
}

void add_reason(LinkFinding& finding, ReasonCode code, std::string detail = {}) {
  Reason reason{.code = code, .detail = std::move(detail)};
  if (std::ranges::find(finding.reasons, reason) != finding.reasons.end()) return;
  finding.verdict = std::max(finding.verdict, kReasons[static_cast<std::size_t>(code)].verdict);
  finding.reasons.push_back(std::move(reason));
}

// The host that the text names, when it names one.
std::optional<Host> shown_host(const HostReader& hosts, std::string_view shown) {
  if (shown.empty() || !may_hold_link(shown)) return std::nullopt;
  auto links = links_in_text(hosts, shown);
  if (links.empty()) return std::nullopt;
  return std::move(links.front().link.host);
}

// What the way of writing tells; the link's own judgement may have allowed it.
void judge_writing(LinkFinding& finding, const FoundLink& found, const Knowledge& knowledge) {
  if (finding.verdict == Verdict::Allowed) return;
  if (found.link.has_user_information) add_reason(finding, ReasonCode::UserInformation);
  if (found.hides_characters) add_reason(finding, ReasonCode::HiddenCharacters);
  if (found.link.is_defanged) add_reason(finding, ReasonCode::Defanged);
  const auto shown = shown_host(*knowledge.hosts, found.shown);
  if (shown && shown->registrable != found.link.host.registrable) {
    add_reason(finding, ReasonCode::TextMismatch, shown->name);
  }
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)].name;
}

std::optional<Verdict> verdict_named(std::string_view name) {
  for (const auto& known : kVerdicts) {
    if (known.name == name) return known.verdict;
  }
  return std::nullopt;
}

std::string_view to_string(ReasonCode code) {
  return kReasons[static_cast<std::size_t>(code)].name;
}

LinkFinding assess_link(const Link& link, const Knowledge& knowledge, Timestamp now) {
  LinkFinding finding{.url = link.url,
                      .host = link.host.name,
                      .registrable = link.host.registrable,
                      .verdict = Verdict::Unknown,
                      .reasons = {}};
  if (auto entry = knowledge.lists->find(link, now)) {
    finding.source = std::move(entry->source);
    const bool blocks = entry->action == ListAction::Block;
    add_reason(finding, blocks ? ReasonCode::Blocked : ReasonCode::Allowed, std::move(entry->reason));
    if (!blocks) return finding;
  }
  if (auto pose = knowledge.look_alikes->judge(link.host)) {
    add_reason(finding, reason_of(pose->kind), std::move(pose->name));
  }
  if (link.host.is_punycode) add_reason(finding, ReasonCode::Punycode, link.host.unicode);
  if (link.host.kind == HostKind::Address) add_reason(finding, ReasonCode::Address);
  if (link.host.is_unusual_address) add_reason(finding, ReasonCode::UnusualAddress);
  if (is_shortener(link.host.name)) add_reason(finding, ReasonCode::Shortener);
  return finding;
}

Assessment assess(const json::Object& content, const Knowledge& knowledge, Timestamp now) {
  Assessment assessment;
  const Extraction extraction = extract_links(*knowledge.hosts, content);
  std::unordered_map<std::string_view, std::size_t> places;
  for (const FoundLink& found : extraction.links) {
    const auto [place, is_new] = places.try_emplace(found.link.url, assessment.findings.size());
    if (is_new) assessment.findings.push_back(assess_link(found.link, knowledge, now));
    judge_writing(assessment.findings[place->second], found, knowledge);
  }
  if (extraction.is_truncated) add_reason(assessment.findings.back(), ReasonCode::TooManyLinks);
  for (const LinkFinding& finding : assessment.findings) {
    assessment.strongest = std::max(assessment.strongest, finding.verdict);
  }
  return assessment;
}

}  // namespace kuramori::link_risk
