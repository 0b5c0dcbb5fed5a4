// Terms as the index knows them: keyed hashes under a key of the room, so that the same word is another
// number in another room. Neighbouring numbers belong together: a token begins with the hash of how its term
// begins, so that words by prefix and runs by a single character are ranges.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "crypto/aead.hpp"
#include "crypto/short_hash.hpp"
#include "search/terms.hpp"

namespace kuramori::search {

using Token = std::uint64_t;

// How many leading bits of a token every range shares, at least.
constexpr unsigned kSharedBitsMin = 20;

// Counted up when tokens, terms or tables become others: an index of another number is made again.
constexpr std::int64_t kIndexFormat = 3;

// Tokens in [first, last]; `exact` is the one of the whole term when the others only begin like it.
struct TokenRange {
  Token first = 0;
  Token last = 0;
  Token exact = 0;
  friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

class Tokens {
 public:
  explicit Tokens(const crypto::SecretKey& room_key);

  Token word(std::string_view word) const;
  Token pair(std::string_view pair) const;  // one or two characters of a run
  Token symbol(std::string_view symbol) const;
  Token sender(std::string_view user) const;
  // Of the message whose content is at present that of the edit at `position`.
  Token edit(StreamPosition position) const;

  TokenRange words_like(std::string_view word) const;
  TokenRange runs_with(std::string_view pair) const;

  // Each once.
  std::vector<Token> all(const Terms& terms) const;
  // What to look up for a message that holds all terms: a bounded number, so that matches need checking.
  std::vector<TokenRange> wanted(const Terms& terms) const;

 private:
  // The domain tells words from pairs, symbols, …
  std::uint64_t hash(char domain, std::string_view text) const;
  crypto::ShortHash hash_;
};

constexpr std::size_t kLookupsMax = 24;  // of one search in one room

}  // namespace kuramori::search
