#include "net/detail/chunk_decoder.hpp"

#include <algorithm>
#include <charconv>

namespace kuramori::net::detail {
namespace {

constexpr std::size_t kLineMax = 1'024;
constexpr std::size_t kTrailersMax = 8'192;
constexpr std::size_t kSizeDigitsMax = 15;  // far beyond any limit, and no overflow
constexpr ChunkDecoder::Step kMalformedChunk{ChunkDecoder::Outcome::Malformed, 0, {}};
constexpr ChunkDecoder::Step kNeedMore{ChunkDecoder::Outcome::NeedMore, 0, {}};

bool is_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::next(std::string_view input) {
  if (state_ == State::Done) return {Outcome::Done, 0, {}};
  if (input.empty()) return kNeedMore;
  if (state_ == State::Data) {
    const std::string_view data = input.substr(0, left_);
    left_ -= data.size();
    if (left_ == 0) state_ = State::DataEnd;
    return {Outcome::Data, data.size(), data};
  }
  const auto line_feed = input.substr(0, kLineMax).find('\n');
  if (line_feed == std::string_view::npos) return input.size() >= kLineMax ? kMalformedChunk : kNeedMore;
  if (line_feed == 0 || input[line_feed - 1] != '\r') return kMalformedChunk;
  const std::string_view line = input.substr(0, line_feed - 1);
  if (!is_text(line)) return kMalformedChunk;
  if (state_ == State::Size) return take_size(line);
  if (state_ == State::Trailer) return take_trailer(line);
  if (!line.empty()) return kMalformedChunk;
  state_ = State::Size;
  return {Outcome::NeedMore, 2, {}};
}

ChunkDecoder::Step ChunkDecoder::take_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  if (digits.empty() || digits.size() > kSizeDigitsMax) return kMalformedChunk;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return kMalformedChunk;
  state_ = left_ == 0 ? State::Trailer : State::Data;
  return {Outcome::NeedMore, line.size() + 2, {}};
}

ChunkDecoder::Step ChunkDecoder::take_trailer(std::string_view line) {
  trailer_bytes_ += line.size() + 2;
  if (trailer_bytes_ > kTrailersMax) return kMalformedChunk;
  if (line.empty()) {
    state_ = State::Done;
    return {Outcome::Done, 2, {}};
  }
  const auto colon = line.find_first_of(": \t");
  if (colon == std::string_view::npos || colon == 0 || line[colon] != ':') return kMalformedChunk;
  return {Outcome::NeedMore, line.size() + 2, {}};
}

}  // namespace kuramori::net::detail
