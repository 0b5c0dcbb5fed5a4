#pragma once
// What colleagues write to one another, made up from a number: the same seed and number give the same
// message, so that nothing needs to be remembered of a million of them. English words come as often as Zipf's
// law says; a share of the messages is Chinese (simplified or traditional) and Japanese, composed of words
// without blanks between them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::bench {

// A small generator whose sequence is the same everywhere (SplitMix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  double share() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }  // [0, 1)

 private:
  std::uint64_t state_;
};

enum class Tongue : std::uint8_t { English, Chinese, Japanese };

class Prose {
 public:
  explicit Prose(std::uint64_t seed);

  std::string message(std::size_t number) const;
  Tongue tongue_of(std::size_t number) const;

  // Every so many messages one ends with a word that no other message has.
  static constexpr std::size_t kUniqueEvery = 1'000;
  static bool has_unique_word(std::size_t number) { return number % kUniqueEvery == kUniqueEvery - 1; }
  std::string unique_word(std::size_t number) const;

  std::size_t vocabulary() const { return words_.size(); }
  // Rank 0 is the most frequent one.
  const std::string& word(std::size_t rank) const { return words_[rank]; }
  static std::string_view chinese_noun(std::size_t number);
  static std::string_view japanese_noun(std::size_t number);

 private:
  std::string english(Dice& dice) const;

  std::uint64_t seed_;
  std::vector<std::string> words_;
  std::vector<double> cumulative_;
};

}  // namespace kuramori::bench
