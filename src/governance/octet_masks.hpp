// Sixty-four octets of a text at a time, as bits: which of them are of a kind. What most of a text is not can
// so be passed over many octets at once.
//
//   for (std::size_t at = 0; at < text.size(); at += OctetBlock::kSize) {
//     const OctetBlock block(text, at);
//     for (std::uint64_t digits = block.between('0', '9'); digits != 0; digits &= digits - 1)
//       … at + std::countr_zero(digits) …
//   }
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kuramori::governance {

class OctetBlock {
 public:
  static constexpr std::size_t kSize = 64;

  // Octets behind the end of the text are zero.
  OctetBlock(std::string_view text, std::size_t at) {
    if (const std::size_t rest = text.size() - at; rest >= kSize) {
      std::memcpy(&parts_, text.data() + at, kSize);
    } else {
      std::memcpy(&parts_, text.data() + at, rest);
    }
  }

  std::uint64_t equal(char octet) const {
    return bits([octet](Part part) { return part == static_cast<unsigned char>(octet); });
  }
  std::uint64_t between(unsigned char first, unsigned char last) const {
    return bits([=](Part part) { return part - first <= static_cast<unsigned char>(last - first); });
  }
  std::uint64_t not_ascii() const { return between(0x80, 0xFF); }
  std::uint64_t alphanumerics() const {
    return between('0', '9') | bits([](Part part) { return (part | kSmall) - kFirst <= kLetters; });
  }

 private:
  static constexpr std::size_t kPart = 16;  // what the smallest machines compare at once
  static constexpr unsigned char kSmall = 0x20;
  static constexpr unsigned char kFirst = 'a';
  static constexpr unsigned char kLetters = 'z' - 'a';
  using Part = unsigned char __attribute__((ext_vector_type(kPart)));
  using Bits = bool __attribute__((ext_vector_type(kPart)));

  template <class IsKind>
  std::uint64_t bits(IsKind is_kind) const {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const auto mask = std::bit_cast<std::uint16_t>(__builtin_convertvector(is_kind(parts_[i]), Bits));
      result |= std::uint64_t{mask} << (i * kPart);
    }
    return result;
  }

  std::array<Part, kSize / kPart> parts_{};
};

}  // namespace kuramori::governance
