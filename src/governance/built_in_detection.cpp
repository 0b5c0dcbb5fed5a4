#include "governance/built_in_detection.hpp"

#include <algorithm>

#include "governance/context_words.hpp"
#include "governance/numbers.hpp"

namespace kuramori::governance {

namespace {

using enum Detector;

constexpr DetectorSet kOfNumbers =
    bit(HkIdentityCard) | bit(PrcResidentIdentity) | bit(PaymentCard) | bit(JpIndividualNumber);
constexpr DetectorSet kOfMarks = bit(MarkSecret) | bit(MarkConfidential) | bit(MarkInternal);

TopicSet trigger_topics(DetectorSet wanted) {
  TopicSet topics = 0;
  if ((wanted & bit(Salary)) != 0) topics |= bit(Topic::Salary);
  if ((wanted & bit(MedicalInformation)) != 0) topics |= bit(Topic::Diagnosis) | bit(Topic::Patient);
  if ((wanted & bit(Password)) != 0) topics |= bit(Topic::Credential);
  if ((wanted & bit(MarkSecret)) != 0) topics |= bit(Topic::SecretMark);
  if ((wanted & bit(MarkConfidential)) != 0) topics |= bit(Topic::ConfidentialMark);
  if ((wanted & bit(MarkInternal)) != 0) topics |= bit(Topic::InternalMark);
  // A longer mark of another kind takes its place: all are looked for.
  if ((wanted & kOfMarks) != 0) {
    topics |= bit(Topic::SecretMark) | bit(Topic::ConfidentialMark) | bit(Topic::InternalMark) |
              bit(Topic::MarkLabel);
  }
  return topics;
}

TopicSet context_topics(DetectorSet wanted) {
  TopicSet topics = 0;
  for (const DetectorInfo& detector : detector_registry()) {
    if ((wanted & bit(detector.detector)) != 0) topics |= detector.topics;
  }
  return topics == 0 ? 0 : topics | bit(Topic::Reference);
}

void find_checked_numbers(const InspectedText& inspected, DetectorSet wanted, Candidates& out) {
  thread_local std::vector<NumberMatch> numbers;
  numbers.clear();
  find_numbers(inspected.text, static_cast<NumberKinds>(wanted & kOfNumbers), Candidates::kOfOneDetectorMax,
               numbers);
  for (const NumberMatch& match : numbers) {
    const auto detector = static_cast<Detector>(match.kind);
    Confidence confidence = info(detector).confidence;
    Reasons reasons = bit(Reason::Checksum);
    if (detector == HkIdentityCard && std::string_view(")]").contains(inspected.text[match.end - 1])) {
      confidence = Confidence::High;
      reasons |= bit(Reason::Form);
    }
    if (detector == PaymentCard) reasons |= bit(Reason::Issuer);
    out.add(detector, confidence, reasons, {match.begin, match.end}, match.digits);
  }
}

}  // namespace

static_assert(kNumberKinds == 4 && static_cast<int>(NumberKind::JpIndividualNumber) ==
                                       static_cast<int>(Detector::JpIndividualNumber));

BuiltInDetection::BuiltInDetection(DetectorSet wanted)
    : wanted_(wanted),
      triggers_(search_for(trigger_topics(wanted))),
      context_(search_for(context_topics(wanted))) {}

bool BuiltInDetection::search(const TermSearch& terms, std::string_view text, WordMatches& words) const {
  words.clear();
  terms.search(text, kWordsMax, words);
  for (auto& word : words) word.term = terms.terms()[word.term].source;
  return words.size() < kWordsMax;
}

bool BuiltInDetection::find(std::string_view text, std::vector<Candidate>& found) const {
  found.clear();
  if (wanted_ == 0) return true;
  thread_local std::vector<DigitGroup> groups;
  thread_local WordMatches words;
  const TextShape shape = shape_of(text);
  groups.clear();
  if (shape.digits >= 6) find_digit_groups(text, groups);
  const InspectedText inspected{text, shape, groups};
  Candidates out(wanted_);
  if (shape.digits >= 6) {
    if (out.wants(kOfNumbers)) find_checked_numbers(inspected, wanted_, out);
    find_identity_numbers(inspected, out);
    find_financial_numbers(inspected, out);
  }
  find_contacts(inspected, out);
  find_addresses(inspected, out);
  find_credentials(inspected, out);
  if (!triggers_->terms().empty()) {
    if (!search(*triggers_, text, words)) return false;
    if (!words.empty()) {
      find_passwords(inspected, words, out);
      find_salaries(inspected, words, out);
      find_medical_information(inspected, words, out);
      find_marks(inspected, words, out);
    }
  }
  if (out.list().empty()) return true;
  if (!search(*context_, text, words)) return false;
  weigh(text, words, out.list());
  found = std::move(out.list());
  return true;
}

std::string reasons_text(const Candidate& candidate) {
  constexpr std::array<std::string_view, kReasons> kTexts{"checksum passed",
                                                          "printed form",
                                                          "published prefix or range",
                                                          "mixed characters",
                                                          "on a line of its own",
                                                          "in brackets",
                                                          "after a label or at the head of a line",
                                                          "in capitals",
                                                          "context word",
                                                          "several context words",
                                                          "a word for something else before it"};
  std::string text;
  for (std::size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    if ((candidate.reasons & bit(reason)) == 0) continue;
    if (!text.empty()) text += "; ";
    text += kTexts[i];
    if (reason == Reason::ContextWord && candidate.word != kNoWord) {
      text.append(" '").append(context_words()[candidate.word].text).append("' at distance ");
      text.append(std::to_string(candidate.distance));
    }
  }
  return text.empty() ? "form alone" : text;
}

}  // namespace kuramori::governance
