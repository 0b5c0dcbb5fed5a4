#include "governance/text_shape.hpp"

#include <algorithm>
#include <array>

#include "governance/digit_groups.hpp"
#include "governance/octet_masks.hpp"

namespace kuramori::governance {

namespace {

// The longest row of set bits over blocks, as far as it has at least `least`; else 0, which costs a few
// operations a block. Only then the row is counted.
class LongestRow {
 public:
  explicit LongestRow(unsigned least) : least_(least) {}

  void add(std::uint64_t bits) {
    const auto leading = static_cast<unsigned>(std::countr_one(bits));
    if (leading == OctetBlock::kSize) {
      open_ += leading;
      return;
    }
    longest_ = std::max(longest_, open_ + leading);
    if (has_row(bits)) {
      for (std::uint64_t rest = bits; rest != 0;) {
        rest >>= static_cast<unsigned>(std::countr_zero(rest));
        const auto row = static_cast<unsigned>(std::countr_one(rest));
        longest_ = std::max(longest_, row);
        rest = row == OctetBlock::kSize ? 0 : rest >> row;
      }
    }
    open_ = static_cast<unsigned>(std::countl_one(bits));
  }
  std::uint32_t result() const {
    const unsigned longest = std::max(longest_, open_);
    return longest >= least_ ? longest : 0;
  }

 private:
  // Whether `least` bits in a row are set.
  bool has_row(std::uint64_t bits) const {
    unsigned have = 1;
    while (have * 2 <= least_) {
      bits &= bits >> have;
      have *= 2;
    }
    if (have < least_) bits &= bits >> (least_ - have);
    return bits != 0;
  }

  unsigned least_;
  unsigned open_ = 0;  // the row that reaches the end of the last block
  unsigned longest_ = 0;
};

enum : std::uint8_t { kCounts = 1, kBetween = 2 };

// What may stand in a row of digits: they themselves, letters that pose as them, and what is written between.
constexpr auto kKinds = [] {
  std::array<std::uint8_t, 256> kinds{};
  for (unsigned octet = 0; octet < kinds.size(); ++octet) {
    const char c = static_cast<char>(octet);
    unsigned kind = 0;
    if (is_digit(c) || poses_as_digit(c)) kind |= kCounts;
    // Emoji begin so, and digits that are written between them.
    if (is_separator(c) || is_odd_separator(c) || is_continuation(c) || octet == 0xF0 || octet == 0xE2)
      kind |= kBetween;
    kinds[octet] = static_cast<std::uint8_t>(kind);
  }
  return kinds;
}();

// Rows of digits, each looked at once, from a digit in it.
class DigitRows {
 public:
  explicit DigitRows(std::string_view text) : text_(text) {}

  void take(std::size_t digit) {
    if (digit < end_) return;
    std::size_t begin = digit;
    while (begin > end_ && kind(begin - 1) != 0) --begin;
    // Between two digits stand few separators: what is farther apart is another row.
    std::uint32_t count = 0;
    std::size_t separators = 0;
    for (end_ = begin; end_ < text_.size() && kind(end_) != 0; ++end_) {
      if ((kind(end_) & kCounts) != 0) {
        longest_ = std::max(longest_, ++count);
        separators = 0;
      } else if (!is_continuation(text_[end_]) && ++separators > kSeparatorsMax) {
        count = 0;
      }
    }
  }
  std::uint32_t longest() const { return longest_; }

 private:
  std::uint8_t kind(std::size_t at) const { return kKinds[static_cast<unsigned char>(text_[at])]; }

  std::string_view text_;
  std::size_t end_ = 0;  // of the last row
  std::uint32_t longest_ = 0;
};

std::uint64_t token_octets(const OctetBlock& block) {
  return block.alphanumerics() | block.equal('_') | block.between('-', '/') | block.equal('+') |
         block.equal('=');
}

}  // namespace

TextShape shape_of(std::string_view text) {
  static_assert('-' + 1 == '.' && '.' + 1 == '/');
  TextShape shape;
  LongestRow token(kTokenOctets);
  LongestRow dashes(kKeyDashes);
  DigitRows digits(text);
  std::uint64_t at_signs = 0;
  for (std::size_t at = 0; at < text.size(); at += OctetBlock::kSize) {
    const OctetBlock block(text, at);
    at_signs |= block.equal('@');
    token.add(token_octets(block));
    dashes.add(block.equal('-'));
    for (std::uint64_t bits = block.between('0', '9'); bits != 0; bits &= bits - 1) {
      shape.any_digit = true;
      digits.take(at + static_cast<std::size_t>(std::countr_zero(bits)));
    }
  }
  shape.digits = digits.longest();
  shape.token = token.result();
  shape.dashes = dashes.result();
  shape.at_sign = at_signs != 0;
  return shape;
}

}  // namespace kuramori::governance
