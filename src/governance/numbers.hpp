// Finds identity and payment numbers in normalised text, however they are grouped, and verifies their check
// digits.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "governance/text_shape.hpp"

namespace kuramori::governance {

enum class NumberKind : std::uint8_t { HkIdentity, PrcResidentIdentity, PaymentCard, JpIndividualNumber };
constexpr std::size_t kNumberKinds = 4;

struct NumberMatch {
  NumberKind kind;
  std::uint32_t begin;  // octets of the normalised text
  std::uint32_t end;
  std::string digits;  // without separators, capitals: what was verified
};

// A bit per NumberKind.
using NumberKinds = std::uint8_t;
constexpr NumberKinds bit(NumberKind kind) {
  return static_cast<NumberKinds>(1u << static_cast<unsigned>(kind));
}

// Which kinds `text` has enough digits in a row for. Never misses one, and most texts have none.
NumberKinds possible_numbers(const TextShape& shape);
inline NumberKinds possible_numbers(std::string_view text) {
  return possible_numbers(shape_of(text));
}

// Appends matches, at most `matches_max` of each kind. Linear in the text.
void find_numbers(std::string_view text, NumberKinds wanted, std::size_t matches_max,
                  std::vector<NumberMatch>& out);

// Whether `text` may go on with a number that began before it, of those that have a letter or two before
// their digits and one after them at most. False for what begins with a word.
bool may_end_number(std::string_view text);

// "3-12-1234", or what goes on so before or behind [begin, end): numbers of orders, flats, versions. What
// people type in pieces is not divided like that.
bool is_numbering(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace kuramori::governance
