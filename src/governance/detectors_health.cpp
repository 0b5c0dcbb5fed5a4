// Medical information: the name of a disease or treatment where somebody is spoken of as a patient.
#include <algorithm>
#include <set>

#include "governance/candidates.hpp"
#include "governance/context_words.hpp"

namespace kuramori::governance {

namespace {

constexpr std::size_t kReachCharacters = 60;
constexpr std::size_t kReachOctets = kReachCharacters * 3;
constexpr std::size_t kWordsEnough = 8;  // more say no more

struct Context {
  std::size_t words = 0;  // distinct, near
  std::size_t distance = kReachCharacters + 1;
  std::uint16_t nearest = kNoWord;
};

Context context_of(std::string_view text, const TermSearch::Match& diagnosis, const WordMatches& patients) {
  Context context;
  std::set<std::uint32_t> distinct;
  const std::uint32_t from = diagnosis.begin > kReachOctets + 64 ? diagnosis.begin - kReachOctets - 64 : 0;
  auto word = std::ranges::lower_bound(patients, from, {}, &TermSearch::Match::begin);
  for (; word != patients.end() && word->begin <= diagnosis.end + kReachOctets; ++word) {
    const bool before = word->end <= diagnosis.begin;
    if (!before && word->begin < diagnosis.end) continue;
    const std::string_view between = before ? text.substr(word->end, diagnosis.begin - word->end)
                                            : text.substr(diagnosis.end, word->begin - diagnosis.end);
    const std::size_t distance = characters_in(between);
    if (distance > kReachCharacters) continue;
    distinct.insert(word->term);
    if (distinct.size() > kWordsEnough) break;
    if (distance >= context.distance) continue;
    context.distance = distance;
    context.nearest = static_cast<std::uint16_t>(word->term);
  }
  context.words = distinct.size();
  return context;
}

// "type 2 diabetes" is one word, not two.
void add_longest(WordMatches& words, const TermSearch::Match& word) {
  if (words.empty() || word.begin >= words.back().end) {
    words.push_back(word);
  } else if (word.end > words.back().end || word.begin == words.back().begin) {
    words.back() = word;
  }
}

}  // namespace

void find_medical_information(const InspectedText& inspected, const WordMatches& words, Candidates& out) {
  if (!out.wants(Detector::MedicalInformation)) return;
  WordMatches diagnoses;
  WordMatches patients;
  std::set<std::uint32_t> distinct;
  for (const auto& word : words) {
    const TopicSet topics = context_words()[word.term].topics;
    if ((topics & bit(Topic::Patient)) != 0) add_longest(patients, word);
    if ((topics & bit(Topic::Diagnosis)) != 0) add_longest(diagnoses, word);
  }
  if (diagnoses.size() > Candidates::kOfOneDetectorMax) diagnoses.resize(Candidates::kOfOneDetectorMax);
  for (const auto& diagnosis : diagnoses) distinct.insert(diagnosis.term);
  for (const auto& diagnosis : diagnoses) {
    const Context context = context_of(inspected.text, diagnosis, patients);
    const bool near = context.words > 0;
    const bool strong = near && (context.words >= 2 || distinct.size() >= 2);
    Reasons reasons = near ? bit(Reason::ContextWord) : Reasons{0};
    if (strong) reasons |= bit(Reason::ManyWords);
    out.add(Candidate{.detector = Detector::MedicalInformation,
                      .confidence = strong ? Confidence::High
                                    : near ? Confidence::Medium
                                           : Confidence::Low,
                      .reasons = reasons,
                      .begin = diagnosis.begin,
                      .end = diagnosis.end,
                      .value = diagnosis.term,
                      .word = context.nearest,
                      .distance = static_cast<std::uint16_t>(near ? context.distance : 0)});
  }
}

}  // namespace kuramori::governance
