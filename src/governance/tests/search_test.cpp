// What a scan must not do is miss: each answer is compared with a plain search, wherever the match lies in
// memory.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "governance/numbers.hpp"
#include "governance/pattern_set.hpp"
#include "governance/term_search.hpp"

namespace kuramori::governance {
namespace {

// `text` copied to each of these distances from a multiple of 64 octets.
template <class Check>
void at_every_alignment(std::string_view text, Check check) {
  alignas(64) std::array<char, 1024> memory{};
  for (std::size_t offset = 0; offset < 64; offset += 3) {
    std::ranges::copy(text, memory.begin() + static_cast<std::ptrdiff_t>(offset));
    check(std::string_view(memory.data() + offset, text.size()));
  }
}

TEST(PatternSet, FindsAPatternWhereverItBegins) {
  const std::vector<PatternSet::Pattern> patterns{
      {"E-?[0-9]{4}", 7}, {R"(\bPRJ-[A-Z]{2}\d{3}\b)", 8}, {"(?i)case [0-9]+", 9}, {"機密[0-9]", 10}};
  const std::vector<std::string> matching{"E3333", "PRJ-AB123", "Case 17", "機密4"};
  const auto set = *PatternSet::compile(patterns);
  std::vector<std::uint32_t> candidates;
  for (std::size_t which = 0; which < patterns.size(); ++which) {
    for (std::size_t before = 0; before < 150; ++before) {
      const std::string text = std::string(before, '!') + matching[which] + std::string(before % 7, '!');
      at_every_alignment(text, [&](std::string_view copy) {
        set->search(copy, candidates);
        EXPECT_EQ(candidates, std::vector{patterns[which].source}) << before;
      });
    }
  }
  set->search("nothing of the kind", candidates);
  EXPECT_TRUE(candidates.empty());
}

std::set<std::pair<std::uint32_t, std::uint32_t>> search(const std::vector<TermSearch::Term>& terms,
                                                         std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  const auto is_word = [&](std::size_t at) {
    return at < text.size() && static_cast<unsigned char>(text[at]) < 0x80 && std::isalnum(text[at]) != 0;
  };
  std::set<std::pair<std::uint32_t, std::uint32_t>> found;
  for (std::uint32_t term = 0; term < terms.size(); ++term) {
    const std::string& wanted = terms[term].text;
    for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
      const std::size_t end = at + wanted.size();
      if (at > 0 && is_word(at) && is_word(at - 1)) continue;
      if (is_word(end - 1) && is_word(end)) continue;
      found.emplace(term, static_cast<std::uint32_t>(at));
    }
  }
  return found;
}

TEST(TermSearch, FindsTermsAsAPlainSearchDoes) {
  const std::vector<std::string> pieces{"a",    "b", "E",      "-",    " ",
                                        "1",    "s", "secret", "機",   "密",
                                        "機密", "&", "SECRET", "case", std::string(61, '.')};
  std::mt19937 random(20);
  const auto make = [&](std::size_t count) {
    std::string text;
    while (count-- > 0) text += pieces[random() % pieces.size()];
    return text;
  };
  for (int round = 0; round < 60; ++round) {
    std::set<std::string> distinct;
    for (std::size_t n = std::size_t{1} << (random() % 8); n > 0; --n) {
      std::string term = make(1 + random() % 3);
      std::ranges::transform(term, term.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
      distinct.insert(std::move(term));
    }
    std::vector<TermSearch::Term> terms;
    for (const std::string& term : distinct) terms.push_back({term, 0});
    const TermSearch search_terms(terms);
    for (int n = 0; n < 20; ++n) {
      const std::string text = make(random() % 12);
      const auto expected = search(search_terms.terms(), text);
      at_every_alignment(text, [&](std::string_view copy) {
        std::vector<TermSearch::Match> matches;
        search_terms.search(copy, 100'000, matches);
        std::set<std::pair<std::uint32_t, std::uint32_t>> found;
        for (const auto& match : matches) found.emplace(match.term, match.begin);
        EXPECT_EQ(found, expected) << text;
      });
    }
  }
}

TEST(PossibleNumbers, AreASupersetOfTheNumbersThere) {
  const std::vector<std::string> pieces{"A123456(3)",
                                        "4111 1111 1111 1111",
                                        "11010519491231002X",
                                        "1234 5678 9018",
                                        "l1O",
                                        " ",
                                        "-",
                                        "\n",
                                        "E",
                                        "12",
                                        "(3)"};
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto count = random() % 6; count > 0; --count) {
      std::string piece = pieces[random() % pieces.size()];
      // Separators between the digits.
      if (random() % 3 == 0) piece.insert(random() % (piece.size() + 1), std::string(random() % 4, '.'));
      text += piece;
    }
    std::vector<NumberMatch> matches;
    find_numbers(text, 0x0F, 1000, matches);
    for (const NumberMatch& match : matches) {
      // Alone, with nothing before it that could help.
      const auto alone = std::string_view(text).substr(match.begin, match.end - match.begin);
      EXPECT_NE(possible_numbers(alone) & bit(match.kind), 0) << text;
    }
  }
  EXPECT_EQ(possible_numbers("We meet at 10:30 in room 1204."), 0);
  EXPECT_EQ(possible_numbers("A123456(3)"), bit(NumberKind::HkIdentity));
}

}  // namespace
}  // namespace kuramori::governance
