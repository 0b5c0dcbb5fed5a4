// The words around a candidate: which speak for it, which against it.
#include <algorithm>

#include "governance/candidates.hpp"
#include "governance/context_words.hpp"

namespace kuramori::governance {

namespace {

constexpr std::size_t kBeforeMax = 60;  // characters between a word and what it tells of
constexpr std::size_t kAfterMax = 15;
constexpr std::size_t kDoubtMax = 16;
constexpr std::size_t kOctetsMax = kBeforeMax * 4;
constexpr std::size_t kForeignDigits = 6;  // so many between: the word tells of another number

Confidence raised(Confidence confidence) {
  return confidence == Confidence::High ? confidence
                                        : static_cast<Confidence>(static_cast<int>(confidence) + 1);
}
Confidence lowered(Confidence confidence) {
  return confidence == Confidence::Low ? confidence
                                       : static_cast<Confidence>(static_cast<int>(confidence) - 1);
}

struct Nearness {
  std::size_t nearest = kOctetsMax + 1;  // characters to the nearest word for it
  std::size_t words = 0;                 // that do not lie in one another
  std::size_t doubt = kOctetsMax + 1;    // to the nearest word against it
};

class Weighing {
 public:
  Weighing(std::string_view text, const WordMatches& words) : text_(text), words_(words) {
    for (const auto& word : words) longest_ = std::max(longest_, word.end - word.begin);
  }

  void weigh(Candidate& candidate) const {
    const DetectorInfo& detector = info(candidate.detector);
    Nearness nearness = look_around(candidate, detector.topics);
    if (nearness.words > 0) {
      candidate.confidence = raised(candidate.confidence);
      candidate.reasons |= bit(Reason::ContextWord);
      if (nearness.words > 1) {
        candidate.confidence = raised(candidate.confidence);
        candidate.reasons |= bit(Reason::ManyWords);
      }
    }
    const bool concerns = detector.topics != 0 && nearness.doubt <= kDoubtMax;
    if (concerns && nearness.doubt < nearness.nearest) {
      candidate.confidence = lowered(candidate.confidence);
      candidate.reasons |= bit(Reason::Doubtful);
    }
  }

 private:
  Nearness look_around(Candidate& candidate, TopicSet topics) const {
    Nearness nearness;
    const std::uint32_t reach = kOctetsMax + longest_;
    const std::uint32_t from = candidate.begin > reach ? candidate.begin - reach : 0;
    auto word = std::ranges::lower_bound(words_, from, {}, &TermSearch::Match::begin);
    std::uint32_t counted_to = 0;
    for (; word != words_.end() && word->begin <= candidate.end + kAfterMax * 4; ++word) {
      // What stands in the candidate itself tells nothing: "card" in card@example.org.
      if (word->begin >= candidate.begin && word->end <= candidate.end) continue;
      const TopicSet of_word = context_words()[index(*word)].topics;
      const bool speaks_for = (of_word & topics) != 0;
      const bool against = (of_word & bit(Topic::Reference)) != 0 && word->end <= candidate.begin;
      if (!speaks_for && !against) continue;
      const std::size_t distance = distance_to(*word, candidate);
      if (distance > kOctetsMax) continue;
      if (speaks_for) {
        if (word->begin >= counted_to) ++nearness.words;
        counted_to = std::max(counted_to, word->end);
        if (distance < nearness.nearest) {
          nearness.nearest = distance;
          candidate.word = static_cast<std::uint16_t>(index(*word));
          candidate.distance = static_cast<std::uint16_t>(distance);
        }
      } else {
        nearness.doubt = std::min(nearness.doubt, distance);
      }
    }
    return nearness;
  }

  // TermSearch keeps the place among context_words() as the source of a term.
  std::size_t index(const TermSearch::Match& word) const { return word.term; }

  // kOctetsMax + 1: too far, or another number stands between.
  std::size_t distance_to(const TermSearch::Match& word, const Candidate& candidate) const {
    constexpr std::size_t kFar = kOctetsMax + 1;
    const bool before = word.end <= candidate.begin;
    const bool after = word.begin >= candidate.end;
    if (!before && !after) return 0;  // they overlap: "HKIDA123456(3)"
    const std::string_view between = before ? text_.substr(word.end, candidate.begin - word.end)
                                            : text_.substr(candidate.end, word.begin - candidate.end);
    const std::size_t characters = characters_in(between);
    if (characters > (before ? kBeforeMax : kAfterMax)) return kFar;
    const auto digits = static_cast<std::size_t>(std::ranges::count_if(between, is_digit));
    return digits >= kForeignDigits ? kFar : characters;
  }

  std::string_view text_;
  const WordMatches& words_;
  std::uint32_t longest_ = 0;
};

// Whether `other`, at the same place, is the better explanation of it than `weak`: it is believed more, or as
// much and words speak for it alone, or nothing tells them apart but that `weak` yields.
bool covers(const Candidate& other, const Candidate& weak) {
  if (other.confidence != weak.confidence) return other.confidence > weak.confidence;
  const bool spoken_for = (other.reasons & bit(Reason::ContextWord)) != 0;
  if (spoken_for != ((weak.reasons & bit(Reason::ContextWord)) != 0)) return spoken_for;
  return info(other.detector).yields == Yields::No;
}

void drop_covered(std::vector<Candidate>& candidates) {
  std::ranges::sort(candidates, {}, &Candidate::begin);
  std::vector<bool> covered(candidates.size());
  std::uint32_t reach = 0;
  for (const Candidate& candidate : candidates) reach = std::max(reach, candidate.end - candidate.begin);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& weak = candidates[i];
    if (info(weak.detector).yields == Yields::No) continue;
    const std::uint32_t from = weak.begin > reach ? weak.begin - reach : 0;
    auto other = std::ranges::lower_bound(candidates, from, {}, &Candidate::begin);
    for (std::size_t seen = 0; other != candidates.end() && other->begin < weak.end && seen < 200;
         ++other, ++seen) {
      if (&*other == &weak || other->detector == weak.detector || other->end <= weak.begin) continue;
      if (covers(*other, weak)) {
        covered[i] = true;
        break;
      }
    }
  }
  std::size_t i = 0;
  std::erase_if(candidates, [&](const Candidate&) { return covered[i++]; });
}

}  // namespace

void weigh(std::string_view text, const WordMatches& words, std::vector<Candidate>& candidates) {
  const Weighing weighing(text, words);
  for (Candidate& candidate : candidates) weighing.weigh(candidate);
  std::erase_if(candidates, [](const Candidate& candidate) {
    return info(candidate.detector).context == NeedsContext::Yes &&
           (candidate.reasons & bit(Reason::ContextWord)) == 0;
  });
  drop_covered(candidates);
}

}  // namespace kuramori::governance
