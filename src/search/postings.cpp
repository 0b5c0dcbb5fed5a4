#include "search/postings.hpp"

#include <algorithm>
#include <limits>

namespace kuramori::search {
namespace {

constexpr std::uint64_t kWeightMask = (1U << kWeightBits) - 1;
constexpr std::uint64_t kPositionMax = std::numeric_limits<std::int64_t>::max() >> (kWeightBits + 1);

Error damaged() {
  return corrupt("a chunk of the search index does not decode");
}

Result<void> decode_list(ByteView list, const auto& visit) {
  std::uint64_t position = 0;
  while (!list.empty()) {
    const auto packed = take_integer(list);
    if (!packed) return damaged();
    position += *packed >> kWeightBits;
    if (position > kPositionMax) return damaged();
    visit(static_cast<std::int64_t>(position), static_cast<std::uint8_t>(*packed & kWeightMask));
  }
  return {};
}

// Calls visit(token, list) until it answers false.
Result<void> for_each_token(ByteView chunk, const auto& visit) {
  Token token = 0;
  while (!chunk.empty()) {
    const auto delta = take_integer(chunk);
    const auto octets = take_integer(chunk);
    if (!delta || !octets || *octets > chunk.size()) return damaged();
    if (*delta > std::numeric_limits<Token>::max() - token) return damaged();
    token += *delta;
    KURAMORI_TRY(goes_on, visit(token, chunk.first(*octets)));
    if (!goes_on) return {};
    chunk = chunk.subspan(*octets);
  }
  return {};
}

// Of sorted hits.
void keep_best_of_each(std::vector<Hit>& hits) {
  std::size_t kept = 0;
  for (const Hit& hit : hits) {
    if (kept > 0 && hits[kept - 1].position == hit.position) {
      hits[kept - 1].score = std::max(hits[kept - 1].score, hit.score);
    } else {
      hits[kept++] = hit;
    }
  }
  hits.resize(kept);
}

}  // namespace

void append_integer(Bytes& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<std::uint64_t> take_integer(ByteView& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0, i = 0; shift < 64 && i < from.size(); shift += 7, ++i) {
    const std::uint64_t octet = from[i];
    if (shift == 63 && octet > 1) return std::nullopt;
    value |= (octet & 0x7FU) << shift;
    if ((octet & 0x80U) == 0) {
      from = from.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

Bytes encode_chunk(std::span<const Posting> postings) {
  Bytes out;
  Bytes list;
  Token previous = 0;
  for (std::size_t i = 0; i < postings.size();) {
    const Token token = postings[i].token;
    list.clear();
    std::int64_t position = 0;
    for (; i < postings.size() && postings[i].token == token; ++i) {
      const auto delta = static_cast<std::uint64_t>(postings[i].position - position);
      append_integer(list, (delta << kWeightBits) | (postings[i].weight & kWeightMask));
      position = postings[i].position;
    }
    append_integer(out, token - previous);
    append_integer(out, list.size());
    out.insert(out.end(), list.begin(), list.end());
    previous = token;
  }
  return out;
}

Result<std::vector<Posting>> decode_chunk(ByteView chunk) {
  std::vector<Posting> postings;
  KURAMORI_CHECK(for_each_token(chunk, [&](Token token, ByteView list) -> Result<bool> {
    KURAMORI_CHECK(decode_list(list, [&](std::int64_t position, std::uint8_t weight) {
      postings.push_back({.token = token, .position = position, .weight = weight});
    }));
    return true;
  }));
  return postings;
}

Result<std::vector<Hit>> find_in_chunk(ByteView chunk, const TokenRange& wanted) {
  std::vector<Hit> hits;
  std::size_t lists = 0;
  KURAMORI_CHECK(for_each_token(chunk, [&](Token token, ByteView list) -> Result<bool> {
    if (token < wanted.first) return true;
    if (token > wanted.last) return false;
    ++lists;
    const std::uint8_t bonus = token == wanted.exact ? 1 : 0;
    KURAMORI_CHECK(decode_list(list, [&](std::int64_t position, std::uint8_t weight) {
      hits.push_back({.position = position, .score = static_cast<std::uint8_t>(weight + bonus)});
    }));
    return true;
  }));
  if (lists > 1) {
    std::ranges::sort(hits, {}, &Hit::position);
    keep_best_of_each(hits);
  }
  return hits;
}

std::vector<Hit> intersect(std::span<const Hit> a, std::span<const Hit> b) {
  std::vector<Hit> both;
  const std::size_t bound = std::min(a.size(), b.size());
  both.reserve(bound);
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (x->position < y->position) {
      ++x;
    } else if (y->position < x->position) {
      ++y;
    } else {
      both.push_back({.position = x->position, .score = static_cast<std::uint8_t>(x->score + y->score)});
      ++x;
      ++y;
    }
  }
  return both;
}

std::vector<Hit> unite(std::vector<Hit> a, std::span<const Hit> b) {
  if (b.empty()) return a;
  std::vector<Hit> all;
  all.reserve(a.size() + b.size());
  std::ranges::merge(a, b, std::back_inserter(all), {}, &Hit::position, &Hit::position);
  keep_best_of_each(all);
  return all;
}

Bytes encode_positions(std::span<const std::int64_t> positions) {
  Bytes out;
  std::int64_t previous = 0;
  for (const std::int64_t position : positions) {
    append_integer(out, static_cast<std::uint64_t>(position - previous));
    previous = position;
  }
  return out;
}

Result<std::vector<std::int64_t>> decode_positions(ByteView from) {
  std::vector<std::int64_t> positions;
  std::uint64_t position = 0;
  while (!from.empty()) {
    const auto delta = take_integer(from);
    if (!delta || *delta > kPositionMax) return damaged();
    position += *delta;
    if (position > kPositionMax) return damaged();
    positions.push_back(static_cast<std::int64_t>(position));
  }
  return positions;
}

}  // namespace kuramori::search
