#include "governance/term_search.hpp"

#include <algorithm>
#include <tuple>

namespace kuramori::governance {

namespace {

constexpr unsigned char lower(char c) {
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}
constexpr bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
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
  for (std::uint32_t i = 0; i < terms_.size(); ++i) {
    const std::string& text = terms_[i].text;
    const auto first = static_cast<unsigned char>(text[0]);
    Range& range = by_first_[first];
    if (range.first == range.last) range.first = i;
    range.last = i + 1;
    if (text.size() > 1) {
      pairs_.set(first * 256u + static_cast<unsigned char>(text[1]));
      continue;
    }
    for (std::size_t second = 0; second < 256; ++second) pairs_.set(first * 256u + second);
  }
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
    range = narrowed(range, depth, lower(text[begin + depth]));
  }
}

void TermSearch::search(std::string_view text, std::size_t matches_max, std::vector<Match>& matches) const {
  if (terms_.empty()) return;
  bool after_word = false;
  for (std::size_t at = 0; at < text.size() && matches.size() < matches_max; ++at) {
    const bool word = is_word(text[at]);
    const bool inside = word && after_word;
    after_word = word;
    if (inside) continue;
    const unsigned first = lower(text[at]);
    const unsigned second = at + 1 < text.size() ? lower(text[at + 1]) : 0;
    if (pairs_.test(first * 256u + second)) search_at(text, at, by_first_[first], matches_max, matches);
  }
}

}  // namespace kuramori::governance
