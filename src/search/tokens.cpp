#include "search/tokens.hpp"

#include <algorithm>
#include <array>

#include "crypto/key_tree.hpp"

namespace kuramori::search {
namespace {

// How a word is laid out in its 64 bits: some for how it begins at each of these lengths, the rest for all of
// it. The more of a word is asked for, the fewer others lie in its range. A word that ends before a length
// has zero there, which no longer word has: "they" is not looked for among all of "the".
struct Level {
  std::size_t characters;
  unsigned bits;
};
constexpr std::array kLevels{Level{kPrefixCharactersMin, kSharedBitsMin},
                             Level{4, 8},
                             Level{5, 8},
                             Level{6, 6},
                             Level{7, 6},
                             Level{8, 6}};
// A pair: so many bits of the first character, the rest of both.
constexpr unsigned kCharacterBits = 24;
// Of a long run these many pairs tell nearly as much as all.
constexpr std::size_t kPairsPerRunMax = 3;

// The leading `kept` bits of one, the rest of the other.
Token join(Token leading, unsigned kept, Token rest) {
  const Token mask = ~Token{0} << (64 - kept);
  return (leading & mask) | (rest & ~mask);
}

TokenRange range(Token token, unsigned shared) {
  const Token rest = ~(~Token{0} << (64 - shared));
  return {.first = token & ~rest, .last = token | rest, .exact = token};
}

}  // namespace

Tokens::Tokens(const crypto::SecretKey& room_key)
    : hash_(crypto::derive_key(room_key, "kuramori search tokens")) {}

std::uint64_t Tokens::hash(char domain, std::string_view text) const {
  // Words and pairs, which are nearly all there is, fit; this runs three times for each word of the stream.
  std::array<char, 1 + kWordCharactersMax * 4> held;
  if (text.size() < held.size()) {
    held[0] = domain;
    std::ranges::copy(text, held.begin() + 1);
    return hash_({held.data(), text.size() + 1});
  }
  std::string given(1, domain);
  given += text;
  return hash_(given);
}

Token Tokens::word(std::string_view word) const {
  const std::size_t length = characters(word);
  Token token = 0;
  unsigned used = 0;
  for (const Level& level : kLevels) {
    used += level.bits;
    const bool is_first = used == level.bits;
    if (!is_first && length < level.characters) continue;
    const std::uint64_t of_beginning = hash('b', first_characters(word, level.characters));
    const std::uint64_t values = (std::uint64_t{1} << level.bits) - (is_first ? 0 : 1);
    token |= (of_beginning % values + (is_first ? 0 : 1)) << (64 - used);
  }
  return join(token, used, hash('w', word));
}

Token Tokens::pair(std::string_view pair) const {
  return join(hash('c', first_characters(pair, 1)), kCharacterBits, hash('p', pair));
}

Token Tokens::symbol(std::string_view symbol) const {
  return hash('s', symbol);
}
Token Tokens::sender(std::string_view user) const {
  return hash('u', user);
}
Token Tokens::edit(StreamPosition position) const {
  return hash('e', std::to_string(position.value));
}

TokenRange Tokens::words_like(std::string_view word) const {
  const Token token = this->word(word);
  const std::size_t length = characters(word);
  if (length < kPrefixCharactersMin) return {.first = token, .last = token, .exact = token};
  unsigned shared = 0;
  for (const Level& level : kLevels) shared += level.characters <= length ? level.bits : 0;
  return range(token, shared);
}

TokenRange Tokens::runs_with(std::string_view pair) const {
  const Token token = this->pair(pair);
  if (characters(pair) > 1) return {.first = token, .last = token, .exact = token};
  return range(token, kCharacterBits);
}

std::vector<Token> Tokens::all(const Terms& terms) const {
  std::vector<Token> tokens;
  for (const std::string& term : terms.words) tokens.push_back(word(term));
  for (const std::string& run : terms.runs) {
    for (const std::string_view part : pairs_of(run)) tokens.push_back(pair(part));
  }
  for (const std::string& term : terms.symbols) tokens.push_back(symbol(term));
  std::ranges::sort(tokens);
  const auto repeated = std::ranges::unique(tokens);
  tokens.erase(repeated.begin(), repeated.end());
  return tokens;
}

std::vector<TokenRange> Tokens::wanted(const Terms& terms) const {
  std::vector<TokenRange> ranges;
  const auto add = [&](TokenRange wanted) {
    if (ranges.size() < kLookupsMax && std::ranges::find(ranges, wanted) == ranges.end())
      ranges.push_back(wanted);
  };
  // Whole words first: they are rarer than a single character.
  for (const std::string& term : terms.words) add(words_like(term));
  for (const std::string& run : terms.runs) {
    const auto pairs = pairs_of(run);
    // The last character is part of the pair before it.
    const std::size_t count = std::max<std::size_t>(1, pairs.size() - 1);
    const std::size_t asked = std::min(count, kPairsPerRunMax);
    for (std::size_t i = 0; i < asked; ++i) {
      const std::size_t at = asked == 1 ? 0 : i * (count - 1) / (asked - 1);
      add(runs_with(pairs[at]));
    }
  }
  for (const std::string& term : terms.symbols) {
    const Token token = symbol(term);
    add({.first = token, .last = token, .exact = token});
  }
  return ranges;
}

}  // namespace kuramori::search
