#include "governance/term_search.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

#include "governance/octet_masks.hpp"

namespace kuramori::governance {

namespace {

constexpr auto kSmall = [] {
  std::array<unsigned char, 256> octets{};
  for (unsigned c = 0; c < 256; ++c)
    octets[c] = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return octets;
}();
constexpr auto kWord = [] {
  std::array<bool, 256> octets{};
  for (unsigned c = 0; c < 256; ++c) {
    octets[c] = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }
  return octets;
}();

unsigned char small(char c) {
  return kSmall[static_cast<unsigned char>(c)];
}
bool is_word(char c) {
  return kWord[static_cast<unsigned char>(c)];
}

std::uint32_t hash_of_four(std::string_view text, std::size_t at) {
  std::uint32_t four = 0;
  for (std::size_t i = 0; i < 4; ++i) four = four << 8 | small(text[at + i]);
  return four * 2654435761u;
}

// A character of three octets: most of East Asia's.
bool is_three_octets(std::string_view text, std::size_t at) {
  return at + 3 <= text.size() && (static_cast<unsigned char>(text.data()[at]) & 0xF0) == 0xE0;
}
std::uint32_t character_of_three(std::string_view text, std::size_t at) {
  const char* const octets = text.data() + at;  // all three are there
  const auto octet = [octets](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(octets[i]));
  };
  return (octet(0) & 0xFU) << 12 | (octet(1) & 0x3FU) << 6 | (octet(2) & 0x3FU);
}
// Of the character and of the three octets after it.
std::uint32_t hash_of_six(std::string_view text, std::size_t at) {
  std::uint32_t next = 0;
  for (std::size_t i = 3; i < 6 && at + i < text.size(); ++i) next = next << 8 | small(text[at + i]);
  return (character_of_three(text, at) * 40'503u ^ next) * 2654435761u;
}

}  // namespace

TermSearch::TermSearch(std::vector<Term> terms) : terms_(std::move(terms)) {
  std::erase_if(terms_, [](const Term& term) { return term.text.empty(); });
  std::ranges::sort(terms_, [](const Term& a, const Term& b) {
    return std::tie(a.text, a.source) < std::tie(b.text, b.source);
  });
  // Terms that differ only in how they are written are one.
  const auto repeated = std::ranges::unique(
      terms_, [](const Term& a, const Term& b) { return a.text == b.text && a.source == b.source; });
  terms_.erase(repeated.begin(), repeated.end());
  by_first_.fill({0, 0});
  // About sixteen bits for each term.
  unsigned bits = 16;
  while (bits < 26 && (std::size_t{1} << bits) < terms_.size() * 16) ++bits;
  fours_.assign((std::size_t{1} << bits) / 64, 0);
  sixes_.assign((std::size_t{1} << bits) / 64, 0);
  fours_shift_ = 32 - bits;
  for (std::uint32_t i = 0; i < terms_.size(); ++i) {
    const std::string& text = terms_[i].text;
    const auto first = static_cast<unsigned char>(text[0]);
    Range& range = by_first_[first];
    if (range.first == range.last) range.first = i;
    range.last = i + 1;
    mark_beginning(text);
  }
}

void TermSearch::mark_beginning(const std::string& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  begins_between_words_ = begins_between_words_ || (first < 0x80 && !is_word(text[0]));
  if (is_three_octets(text, 0)) {
    const std::uint32_t character = character_of_three(text, 0);
    characters_.set(character);
    if (text.size() < 6) {
      lone_characters_.set(character);
    } else {
      const std::uint32_t hash = hash_of_six(text, 0) >> fours_shift_;
      sixes_[hash / 64] |= std::uint64_t{1} << (hash % 64);
    }
    return;
  }
  const std::size_t pair = first * 256u + (text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0u);
  if (text.size() == 1) {
    for (std::size_t second = 0; second < 256; ++second) {
      pairs_.set(first * 256u + second);
      short_pairs_.set(first * 256u + second);
    }
    return;
  }
  pairs_.set(pair);
  if (text.size() < 4) {
    short_pairs_.set(pair);
    return;
  }
  const std::uint32_t hash = hash_of_four(text, 0) >> fours_shift_;
  fours_[hash / 64] |= std::uint64_t{1} << (hash % 64);
}

bool TermSearch::may_begin_with_character(std::string_view text, std::size_t at,
                                          std::uint32_t character) const {
  if (lone_characters_[character]) return true;
  const std::uint32_t hash = hash_of_six(text, at) >> fours_shift_;
  return at + 6 <= text.size() && (sixes_[hash / 64] >> (hash % 64) & 1) != 0;
}

bool TermSearch::may_begin(std::string_view text, std::size_t at) const {
  const unsigned first = small(text[at]);
  if (is_three_octets(text, at)) {
    const std::uint32_t character = character_of_three(text, at);
    return characters_[character] && may_begin_with_character(text, at, character);
  }
  const unsigned second = at + 1 < text.size() ? small(text[at + 1]) : 0;
  const std::size_t pair = first * 256u + second;
  if (!pairs_.test(pair)) return false;
  if (short_pairs_.test(pair)) return true;
  if (at + 4 > text.size()) return false;
  const std::uint32_t hash = hash_of_four(text, at) >> fours_shift_;
  return (fours_[hash / 64] >> (hash % 64) & 1) != 0;
}

std::size_t TermSearch::memory_octets() const {
  std::size_t octets = sizeof(*this) + (fours_.capacity() + sixes_.capacity()) * sizeof(fours_[0]) +
                       terms_.capacity() * sizeof(Term);
  for (const Term& term : terms_) {
    if (term.text.capacity() > std::string().capacity()) octets += term.text.capacity() + 1;
  }
  return octets;
}

// Those of a range, whose terms agree in `depth` octets and are longer, that go on with `octet`.
TermSearch::Range TermSearch::narrowed(Range range, std::size_t depth, unsigned char octet) const {
  const auto begin = terms_.begin();
  const auto found = std::ranges::equal_range(
      begin + range.first, begin + range.last, octet, {},
      [depth](const Term& term) { return static_cast<unsigned char>(term.text[depth]); });
  return {static_cast<std::uint32_t>(found.begin() - begin), static_cast<std::uint32_t>(found.end() - begin)};
}

void TermSearch::search_at(std::string_view text, std::size_t begin, Range range, std::size_t matches_max,
                           std::vector<Match>& matches) const {
  for (std::size_t depth = 1;; ++depth) {
    // The shortest of those that agree come first.
    for (; range.first < range.last && terms_[range.first].text.size() == depth; ++range.first) {
      const std::size_t end = begin + depth;
      if (is_word(text[end - 1]) && end < text.size() && is_word(text[end])) continue;
      if (matches.size() >= matches_max) return;
      matches.push_back({range.first, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    }
    if (range.first == range.last || begin + depth >= text.size()) return;
    range = narrowed(range, depth, small(text[begin + depth]));
  }
}

void TermSearch::search(std::string_view text, std::size_t matches_max, std::vector<Match>& matches) const {
  if (terms_.empty()) return;
  std::uint64_t word_before = 0;  // whether the octet before the block is of a word
  for (std::size_t at = 0; at < text.size() && matches.size() < matches_max; at += OctetBlock::kSize) {
    const OctetBlock block(text, at);
    const std::uint64_t word = block.alphanumerics();
    const std::uint64_t not_ascii = block.not_ascii();
    std::uint64_t places = word & ~(word << 1 | word_before);
    word_before = word >> (OctetBlock::kSize - 1);
    if (not_ascii != 0) places |= block.between(0xC2, 0xF4);
    if (begins_between_words_) places |= ~(word | not_ascii);
    if (text.size() - at < OctetBlock::kSize) places &= (std::uint64_t{1} << (text.size() - at)) - 1;
    for (; places != 0; places &= places - 1) {
      const std::size_t begin = at + static_cast<std::size_t>(std::countr_zero(places));
      // Most characters of East Asia begin no term.
      if (is_three_octets(text, begin) && !characters_[character_of_three(text, begin)]) continue;
      if (may_begin(text, begin)) search_at(text, begin, by_first_[small(text[begin])], matches_max, matches);
    }
  }
}

}  // namespace kuramori::governance
