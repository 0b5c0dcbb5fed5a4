// The digits of a text in groups, as people write numbers: "4111 1111-1111 1111" is four groups of one run.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "governance/characters.hpp"

namespace kuramori::governance {

constexpr std::size_t kSeparatorsMax = 3;
constexpr std::size_t kDigitsMax = 19;

// Marks that hide a number rather than group it.
constexpr bool is_odd_separator(char c) {
  return std::string_view("/*|~=,;:+#()[]'\"").contains(c);
}

// What joins a group to the one before it.
enum class Joint : std::uint8_t {
  None,     // nothing does: other text or too much space stands between
  Plain,    // blanks, dashes, dots, line ends
  Bracket,  // the same with brackets, as around area codes
  Odd,      // other marks, or pictures
};

struct DigitGroup {
  std::uint32_t begin;
  std::uint32_t end;
  Joint joint = Joint::None;
  bool after_line_break = false;

  bool joined() const { return joint == Joint::Plain; }
  std::uint32_t size() const { return end - begin; }
};

// Sets `groups`. Letters that pose as digits count among digits.
void find_digit_groups(std::string_view text, std::vector<DigitGroup>& groups);

// Whether letters that touch the number are part of a hash or an UUID.
bool is_clear_before(std::string_view text, std::uint32_t begin);
bool is_clear_after(std::string_view text, std::uint32_t end);

// A row of whole groups that may be one number.
struct DigitWindow {
  static constexpr std::size_t kGroupsMax = 6;
  std::array<char, kDigitsMax> octets{};
  std::uint32_t count = 0;
  std::array<std::uint8_t, kGroupsMax> sizes{};
  std::uint32_t groups = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  char joint = 0;          // the one character between all groups; 0 for one group, '?' when they differ
  bool bracketed = false;  // an area code in brackets, or one after a bracket
  bool separate = false;   // what stands beside it is no part of the same number

  std::string_view digits() const { return {octets.data(), count}; }
  bool has_sizes(std::initializer_list<unsigned> wanted) const;
};

// Calls `visit` for each window of at least `digits_min` digits.
void for_each_window(std::string_view text, const std::vector<DigitGroup>& groups, std::uint32_t digits_min,
                     const std::function<void(const DigitWindow&)>& visit);

}  // namespace kuramori::governance
