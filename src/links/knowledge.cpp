#include "links/knowledge.hpp"

#include <utility>

namespace kuramori::links {
namespace {

using governance::LinkVerdict;
using link_risk::ReasonCode;
using link_risk::Verdict;

void set(governance::LinkVerdicts& verdicts, LinkVerdict verdict) {
  verdicts.set(static_cast<std::size_t>(verdict));
}

}  // namespace

governance::LinkVerdicts verdicts_of(const link_risk::LinkFinding& finding) {
  governance::LinkVerdicts verdicts;
  if (finding.verdict == Verdict::Allowed) return verdicts;
  if (finding.verdict != Verdict::Malicious) set(verdicts, LinkVerdict::Unlisted);
  for (const link_risk::Reason& reason : finding.reasons) {
    switch (reason.code) {
      case ReasonCode::Blocked:
        set(verdicts, LinkVerdict::Malicious);
        break;
      case ReasonCode::Shortener:
        set(verdicts, LinkVerdict::Shortener);
        break;
      case ReasonCode::Address:
      case ReasonCode::UnusualAddress:
        set(verdicts, LinkVerdict::IpLiteral);
        break;
      // Each shows the reader another place than the one it leads to.
      case ReasonCode::UserInformation:
      case ReasonCode::HiddenCharacters:
      case ReasonCode::TooManyLinks:
      case ReasonCode::TextMismatch:
        set(verdicts, LinkVerdict::Mismatch);
        break;
      case ReasonCode::Confusable:
      case ReasonCode::Misspelt:
      case ReasonCode::OtherSuffix:
      case ReasonCode::NameInside:
      case ReasonCode::MixedScripts:
        set(verdicts, LinkVerdict::LookAlike);
        break;
      case ReasonCode::Allowed:
      case ReasonCode::Defanged:
      case ReasonCode::Punycode:
        break;
    }
  }
  return verdicts;
}

CurrentKnowledge::CurrentKnowledge(link_risk::Knowledge first, const KnownTargets& targets,
                                   const Clock& clock)
    : targets_(targets),
      clock_(clock),
      current_(std::make_shared<const link_risk::Knowledge>(std::move(first))) {}

KnowledgePtr CurrentKnowledge::get() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

void CurrentKnowledge::swap(link_risk::Knowledge next) {
  auto made = std::make_shared<const link_risk::Knowledge>(std::move(next));
  const std::scoped_lock lock(mutex_);
  std::swap(current_, made);
}

link_risk::LinkFinding CurrentKnowledge::assess(const link_risk::Link& link) const {
  const KnowledgePtr knowledge = get();
  auto finding = link_risk::assess_link(link, *knowledge, clock_.now());
  if (finding.verdict != Verdict::Shortener) return finding;
  const std::string target = targets_.target_of(link.url);
  if (target.empty()) return finding;
  const auto leads_to = link_risk::read_link(*knowledge->hosts, target);
  if (!leads_to) return finding;
  auto behind = link_risk::assess_link(*leads_to, *knowledge, clock_.now());
  return behind.verdict > Verdict::Shortener ? behind : finding;
}

governance::LinkVerdicts CurrentKnowledge::judge(const json::Object& content) const {
  const KnowledgePtr knowledge = get();
  governance::LinkVerdicts verdicts;
  for (const auto& finding : link_risk::assess(content, *knowledge, clock_.now()).findings) {
    verdicts |= verdicts_of(finding);
    if (finding.verdict != Verdict::Shortener) continue;
    const auto link = link_risk::read_link(*knowledge->hosts, finding.url);
    if (link) verdicts |= verdicts_of(assess(*link));
  }
  return verdicts;
}

}  // namespace kuramori::links
