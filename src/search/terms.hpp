// What of a text can be searched for. Text is folded first (NFKC_Casefold: width, case, compatibility forms),
// then cut:
//
//   words    of scripts that write blanks between them: found whole, and by how they begin (three letters and
//   more) runs     of scripts that do not (Han, kana, Hangul, Thai, …): found by any part, down to a single
//   character symbols  (emoji): found one by one
//
// Pure. Bounded by the text: an event has at most 64 KiB.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::search {

constexpr std::size_t kWordCharactersMax = 64;   // what is longer is cut there
constexpr std::size_t kPrefixCharactersMin = 3;  // shorter words are found whole alone

// Folded, UTF-8, in the order of the text, with repetitions.
struct Terms {
  std::vector<std::string> words = {};
  std::vector<std::string> runs = {};
  std::vector<std::string> symbols = {};
  bool empty() const { return words.empty() && runs.empty() && symbols.empty(); }
};

// What is not well-formed UTF-8 counts as a blank.
Terms terms_of(std::string_view text);

std::size_t characters(std::string_view utf8);
// The first `count` characters, or all.
std::string_view first_characters(std::string_view utf8, std::size_t count);
// Of a run: each character with the one after it; the last stands alone.
std::vector<std::string_view> pairs_of(std::string_view run);

// Whether every term of `wanted` is in `text`. Appends to `highlights` (when not null) the words of the text
// that matched, folded.
bool contains_all(const Terms& text, const Terms& wanted, std::vector<std::string>* highlights = nullptr);

}  // namespace kuramori::search
