// Marks of classification. The word alone is talk; on a line of its own, in brackets, after a label or in
// capitals it is a mark.
#include <algorithm>

#include "governance/candidates.hpp"
#include "governance/context_words.hpp"

namespace kuramori::governance {

namespace {

constexpr std::string_view kOrnaments = " \t*#=-_~|!<>[](){}.:;/+\"'`";
constexpr std::string_view kOpening = "([{<*";
constexpr std::string_view kClosing = ")]}>*";

struct MarkPlace {
  bool whole_line = false;
  bool bracketed = false;
  bool header = false;
  bool capitals = false;
};

std::string_view trimmed(std::string_view text, std::string_view octets) {
  const auto first = text.find_first_not_of(octets);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(octets) - first + 1);
}

// Signs that stand around marks in East Asian documents, besides the brackets that are normalised.
std::string_view without_signs(std::string_view text) {
  constexpr auto kSigns =
      std::to_array<std::string_view>({"★",  "※",  "●",  "◆",  "■",  "□",  "▲",  "○",  "◎",  "《",
                                       "》", "「", "」", "『", "』", "〈", "〉", "：", "🔒", "⚠"});
  for (bool changed = true; changed;) {
    changed = false;
    text = trimmed(text, kOrnaments);
    for (const std::string_view sign : kSigns) {
      if (text.starts_with(sign)) text.remove_prefix(sign.size()), changed = true;
      if (text.ends_with(sign)) text.remove_suffix(sign.size()), changed = true;
    }
  }
  return text;
}

MarkPlace mark_place_of(std::string_view text, std::size_t begin, std::size_t end) {
  // A mark stands within a short line; more need not be looked at.
  constexpr std::size_t kMarkReach = 200;
  std::string_view before =
      text.substr(begin > kMarkReach ? begin - kMarkReach : 0, std::min(begin, kMarkReach));
  if (const auto line_break = before.find_last_of("\r\n"); line_break != std::string_view::npos) {
    before.remove_prefix(line_break + 1);
  }
  std::string_view after = text.substr(end, kMarkReach);
  after = after.substr(0, after.find_first_of("\r\n"));
  MarkPlace place;
  place.whole_line = before.size() < 64 && after.size() < 64 && without_signs(before).empty() &&
                     without_signs(after).empty();
  constexpr auto kOpenSigns = std::to_array<std::string_view>({"「", "『", "《", "〈", "★", "※"});
  const bool open = (!before.empty() && kOpening.contains(before.back())) ||
                    std::ranges::any_of(kOpenSigns, [&](auto sign) { return before.ends_with(sign); });
  constexpr auto kCloseSigns = std::to_array<std::string_view>({"」", "』", "》", "〉", "★", "※"});
  const bool close = (!after.empty() && kClosing.contains(after.front())) ||
                     std::ranges::any_of(kCloseSigns, [&](auto sign) { return after.starts_with(sign); });
  place.bracketed = open && close;
  // "CONFIDENTIAL: board paper", "机密 - 预算"
  const bool at_head = before.size() < 32 && without_signs(before).empty();
  const std::string_view rest = after.substr(std::min(after.find_first_not_of(' '), after.size()));
  constexpr auto kFollowing = std::to_array<std::string_view>({":", "- ", "| ", "/ ", "★", "※"});
  place.header =
      at_head && std::ranges::any_of(kFollowing, [&](auto sign) { return rest.starts_with(sign); });
  const std::string_view word = text.substr(begin, end - begin);
  place.capitals = std::ranges::any_of(word, is_upper) && std::ranges::none_of(word, is_lower);
  return place;
}

// "密级:绝密", "Classification: Secret": the label stands directly before.
bool after_label(std::string_view text, const WordMatches& words, std::size_t begin) {
  return std::ranges::any_of(words, [&](const TermSearch::Match& label) {
    if ((context_words()[label.term].topics & bit(Topic::MarkLabel)) == 0 || label.end > begin) return false;
    if (begin - label.end > 8) return false;
    return trimmed(text.substr(label.end, begin - label.end), " :=-|\t").empty();
  });
}

Detector detector_of(TopicSet topics) {
  if ((topics & bit(Topic::SecretMark)) != 0) return Detector::MarkSecret;
  return (topics & bit(Topic::ConfidentialMark)) != 0 ? Detector::MarkConfidential : Detector::MarkInternal;
}

}  // namespace

void find_marks(const InspectedText& inspected, const WordMatches& words, Candidates& out) {
  constexpr TopicSet kMarks =
      bit(Topic::SecretMark) | bit(Topic::ConfidentialMark) | bit(Topic::InternalMark);
  constexpr DetectorSet kDetectorsOfMarks =
      bit(Detector::MarkSecret) | bit(Detector::MarkConfidential) | bit(Detector::MarkInternal);
  if (!out.wants(kDetectorsOfMarks)) return;
  const std::string_view text = inspected.text;
  // Labels are few; they are looked up for each mark.
  WordMatches labels;
  for (const auto& word : words) {
    if ((context_words()[word.term].topics & bit(Topic::MarkLabel)) != 0 && labels.size() < 100)
      labels.push_back(word);
  }
  std::uint32_t done = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const TopicSet topics = context_words()[words[i].term].topics & kMarks;
    if (topics == 0 || words[i].begin < done) continue;
    // Of marks at one place the longest: "strictly confidential", not "confidential".
    std::size_t longest = i;
    for (std::size_t j = i + 1; j < words.size() && words[j].begin == words[i].begin; ++j) {
      if (words[j].end > words[longest].end && (context_words()[words[j].term].topics & kMarks) != 0)
        longest = j;
    }
    const TermSearch::Match& mark = words[longest];
    done = mark.end;
    const MarkPlace place = mark_place_of(text, mark.begin, mark.end);
    Reasons reasons = 0;
    if (place.whole_line) reasons |= bit(Reason::WholeLine);
    if (place.bracketed) reasons |= bit(Reason::Bracketed);
    if (place.header || after_label(text, labels, mark.begin)) reasons |= bit(Reason::Header);
    if (place.capitals) reasons |= bit(Reason::Capitals);
    const bool placed = (reasons & ~bit(Reason::Capitals)) != 0;
    const Confidence confidence = placed         ? Confidence::High
                                  : reasons != 0 ? Confidence::Medium
                                                 : Confidence::Low;
    out.add(detector_of(context_words()[mark.term].topics), confidence, reasons, {mark.begin, mark.end},
            text.substr(mark.begin, mark.end - mark.begin));
  }
}

}  // namespace kuramori::governance
