// What is packed comes back; what is damaged is refused.
#include "search/postings.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace kuramori::search {
namespace {

std::vector<std::int64_t> positions(const std::vector<Hit>& hits) {
  std::vector<std::int64_t> found;
  for (const Hit& hit : hits) found.push_back(hit.position);
  return found;
}

const std::vector<Posting> kPostings{{.token = 5, .position = 1, .weight = 2},
                                     {.token = 5, .position = 900'000'000'000, .weight = 0},
                                     {.token = 7, .position = 3, .weight = 3},
                                     {.token = ~Token{0}, .position = 1, .weight = 1}};

TEST(Postings, ChunksComeBack) {
  const auto decoded = decode_chunk(encode_chunk(kPostings));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, kPostings);
  EXPECT_TRUE(decode_chunk({})->empty());
}

TEST(Postings, RangesAreFound) {
  const Bytes chunk = encode_chunk(kPostings);
  EXPECT_EQ(positions(*find_in_chunk(chunk, {.first = 5, .last = 5, .exact = 5})),
            (std::vector<std::int64_t>{1, 900'000'000'000}));
  EXPECT_EQ(positions(*find_in_chunk(chunk, {.first = 5, .last = 7, .exact = 7})),
            (std::vector<std::int64_t>{1, 3, 900'000'000'000}));
  EXPECT_TRUE(find_in_chunk(chunk, {.first = 8, .last = 9, .exact = 8})->empty());
  EXPECT_EQ(positions(*find_in_chunk(chunk, {.first = 8, .last = ~Token{0}, .exact = 8})),
            (std::vector<std::int64_t>{1}));
  const auto exact = *find_in_chunk(chunk, {.first = 5, .last = 7, .exact = 7});
  EXPECT_EQ(exact[1].score, 4);
  EXPECT_EQ(exact[0].score, 2);
}

TEST(Postings, EveryTruncationIsRefusedOrShorter) {
  const Bytes chunk = encode_chunk(kPostings);
  for (std::size_t size = 0; size < chunk.size(); ++size) {
    const auto decoded = decode_chunk(ByteView(chunk).first(size));
    if (decoded) {
      EXPECT_LT(decoded->size(), kPostings.size());
    } else {
      EXPECT_EQ(decoded.error().code(), ErrorCode::Corrupt);
    }
  }
}

TEST(Postings, DamageIsRefused) {
  const std::vector<Bytes> damaged{
      {0x80},
      {1, 5, 0},                                                     // longer than what is there
      {1, 1, 0x80},                                                  // a list cut short
      {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02},  // over 64 bits
      {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 1, 4, 1, 1, 4},  // tokens that wrap around
      {1, 10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}};         // a position that is none
  for (const Bytes& chunk : damaged) EXPECT_FALSE(decode_chunk(chunk)) << ::testing::PrintToString(chunk);
}

TEST(Postings, IntegersComeBack) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                    std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()}) {
    Bytes out;
    append_integer(out, value);
    ByteView from = out;
    EXPECT_EQ(take_integer(from), value);
    EXPECT_TRUE(from.empty());
  }
}

TEST(Postings, SetsOfHits) {
  const std::vector<Hit> a{{1, 1}, {2, 1}, {4, 2}};
  const std::vector<Hit> b{{2, 3}, {4, 1}, {5, 1}};
  EXPECT_EQ(positions(intersect(a, b)), (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(intersect(a, b)[0].score, 4);
  EXPECT_EQ(positions(unite(a, b)), (std::vector<std::int64_t>{1, 2, 4, 5}));
  EXPECT_EQ(unite(a, b)[1].score, 3);
}

TEST(Postings, PositionsComeBack) {
  const std::vector<std::int64_t> given{1, 2, 1'000'000};
  EXPECT_EQ(*decode_positions(encode_positions(given)), given);
  EXPECT_FALSE(decode_positions(Bytes{0x80}));
}

}  // namespace
}  // namespace kuramori::search
