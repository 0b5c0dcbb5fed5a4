// A text that was made from another one, and the way back: for each octet, what of the original it stands
// for. What was copied as it is costs one entry however long it is.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::governance {

class NormalisedText {
 public:
  const std::string& text() const { return text_; }
  std::size_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }

  // Where in the original the character begins, or ends, that octet `at` of the text belongs to. Logarithmic.
  std::uint32_t begin_of(std::size_t at) const;
  std::uint32_t end_of(std::size_t at) const;

  void clear();
  void reserve(std::size_t octets) { text_.reserve(octets); }
  // Whole characters of the original from octet `begin` of it, as they are.
  void copy(std::string_view characters, std::size_t begin);
  // What stands for octets [begin, end) of the original.
  void replace(std::string_view with, std::size_t begin, std::size_t end);
  // Octets [from, to) of `other`, which begin and end with characters, and what they stand for there.
  void append(const NormalisedText& other, std::size_t from, std::size_t to);
  void drop_last(std::size_t octets);

 private:
  // From octet `at` of the text to the next piece.
  struct Piece {
    std::uint32_t at;
    std::uint32_t begin;  // of the original
    std::uint32_t end;    // of the range that all of it stands for; kCopied: each character stands for itself
  };
  static constexpr std::uint32_t kCopied = 0;

  const Piece& piece_of(std::size_t at) const;

  std::string text_;
  std::vector<Piece> pieces_;
};

}  // namespace kuramori::governance
