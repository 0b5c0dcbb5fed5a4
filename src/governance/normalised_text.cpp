#include "governance/normalised_text.hpp"

#include <algorithm>

#include "governance/characters.hpp"

namespace kuramori::governance {

const NormalisedText::Piece& NormalisedText::piece_of(std::size_t at) const {
  const auto after = std::ranges::upper_bound(pieces_, at, {}, &Piece::at);
  return *(after - 1);
}

std::uint32_t NormalisedText::begin_of(std::size_t at) const {
  const Piece& piece = piece_of(at);
  if (piece.end != kCopied) return piece.begin;
  while (at > piece.at && is_continuation(text_[at])) --at;
  return piece.begin + static_cast<std::uint32_t>(at - piece.at);
}

std::uint32_t NormalisedText::end_of(std::size_t at) const {
  const Piece& piece = piece_of(at);
  if (piece.end != kCopied) return piece.end;
  std::size_t end = at + 1;
  while (end < text_.size() && is_continuation(text_[end])) ++end;
  return piece.begin + static_cast<std::uint32_t>(end - piece.at);
}

void NormalisedText::clear() {
  text_.clear();
  pieces_.clear();
}

void NormalisedText::copy(std::string_view characters, std::size_t begin) {
  if (characters.empty()) return;
  const auto from = static_cast<std::uint32_t>(begin);
  const auto at = static_cast<std::uint32_t>(text_.size());
  const bool goes_on = !pieces_.empty() && pieces_.back().end == kCopied &&
                       pieces_.back().begin + (at - pieces_.back().at) == from;
  if (!goes_on) pieces_.push_back({.at = at, .begin = from, .end = kCopied});
  text_.append(characters);
}

void NormalisedText::replace(std::string_view with, std::size_t begin, std::size_t end) {
  if (with.empty()) return;
  pieces_.push_back({.at = static_cast<std::uint32_t>(text_.size()),
                     .begin = static_cast<std::uint32_t>(begin),
                     .end = static_cast<std::uint32_t>(end)});
  text_.append(with);
}

void NormalisedText::append(const NormalisedText& other, std::size_t from, std::size_t to) {
  if (from >= to) return;
  const std::string_view text = other.text_;
  auto piece = std::ranges::upper_bound(other.pieces_, from, {}, &Piece::at) - 1;
  while (from < to) {
    const std::size_t end =
        piece + 1 == other.pieces_.end() ? to : std::min<std::size_t>(to, (piece + 1)->at);
    const std::string_view part = text.substr(from, end - from);
    if (piece->end == kCopied) {
      copy(part, piece->begin + (from - piece->at));
    } else {
      replace(part, piece->begin, piece->end);
    }
    from = end;
    ++piece;
  }
}

void NormalisedText::drop_last(std::size_t octets) {
  text_.resize(text_.size() - octets);
  while (!pieces_.empty() && pieces_.back().at >= text_.size()) pieces_.pop_back();
}

}  // namespace kuramori::governance
