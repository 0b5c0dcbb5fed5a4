// Finds every place where a term of many stands in a text. Immutable and shared.
//
// Terms lie sorted. Only where a word or a character begins is looked at all: there two octets tell, by a
// table of bits, whether any term begins so, then four octets by a larger one; only then the range of terms
// that agree is narrowed octet by octet. A place costs at most the length of the longest term that begins
// there times the logarithm of the number of terms.
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::governance {

class TermSearch {
 public:
  struct Term {
    std::string text;  // normalised, ASCII letters small
    std::uint32_t source;
  };
  struct Match {
    std::uint32_t term;  // index among the terms
    std::uint32_t begin;
    std::uint32_t end;
  };

  explicit TermSearch(std::vector<Term> terms);

  // Appends matches until `matches_max`. ASCII case is ignored; a term that begins or ends with an ASCII
  // letter or digit matches whole words only.
  void search(std::string_view text, std::size_t matches_max, std::vector<Match>& matches) const;
  // In the order of `Match::term`.
  const std::vector<Term>& terms() const { return terms_; }
  std::size_t memory_octets() const;

 private:
  static constexpr std::size_t kPairs = 256 * 256;
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };

  bool may_begin(std::string_view text, std::size_t at) const;
  bool may_begin_with_character(std::string_view text, std::size_t at, std::uint32_t character) const;
  void mark_beginning(const std::string& text);
  Range narrowed(Range range, std::size_t depth, unsigned char octet) const;
  void search_at(std::string_view text, std::size_t begin, Range range, std::size_t matches_max,
                 std::vector<Match>& matches) const;

  std::vector<Term> terms_;            // sorted by their text
  bool begins_between_words_ = false;  // a term begins with a mark of ASCII
  std::array<Range, 256> by_first_;
  std::bitset<kPairs> pairs_;              // what terms begin with; of a term with one octet, any second
  std::bitset<kPairs> short_pairs_;        // the same of terms with fewer than four octets
  std::vector<std::uint64_t> fours_ = {};  // a bit for a hash of the first four octets of longer terms
  unsigned fours_shift_ = 0;
  // The same of terms that begin with a character of three octets, as those of East Asia do: the character,
  // the characters of terms of fewer than six octets, and a bit for a hash of the first six of the others.
  std::bitset<65'536> characters_;
  std::bitset<65'536> lone_characters_;
  std::vector<std::uint64_t> sixes_ = {};
};

}  // namespace kuramori::governance
