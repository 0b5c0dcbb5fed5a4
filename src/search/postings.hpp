// The innermost part of the index: which messages hold a token, packed. Pure.
//
// A chunk is a sorted run of tokens, each with its postings in the order of positions:
//   chunk    = *( token-delta  octets  postings )
//   postings = *( position-delta << 2 | weight )
// all as variable-length integers (seven bits an octet, the least first).
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.hpp"
#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "search/tokens.hpp"

namespace kuramori::search {

// 0 to 2: a message, the higher the more of it is the term; 3: the name or the topic of a room.
constexpr unsigned kWeightBits = 2;
constexpr std::uint8_t kWeightOfState = 3;

struct Posting {
  Token token = 0;
  std::int64_t position = 0;
  std::uint8_t weight = 0;
  friend auto operator<=>(const Posting&, const Posting&) = default;
};

void append_integer(Bytes& out, std::uint64_t value);
// Nothing at the end, or when it is cut short or too long.
std::optional<std::uint64_t> take_integer(ByteView& from);

// Sorted; each (token, position) once.
Bytes encode_chunk(std::span<const Posting> postings);
Result<std::vector<Posting>> decode_chunk(ByteView chunk);

struct Hit {
  std::int64_t position = 0;
  std::uint8_t score = 0;
};
// The messages that hold a token of the range, in the order of positions, each once with its best score: the
// weight, and one more for the exact term.
Result<std::vector<Hit>> find_in_chunk(ByteView chunk, const TokenRange& wanted);
// Those in both, scores added.
std::vector<Hit> intersect(std::span<const Hit> a, std::span<const Hit> b);
std::vector<Hit> unite(std::vector<Hit> a, std::span<const Hit> b);

// Positions in order.
Bytes encode_positions(std::span<const std::int64_t> positions);
Result<std::vector<std::int64_t>> decode_positions(ByteView from);

}  // namespace kuramori::search
