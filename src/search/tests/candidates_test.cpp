#include "search/candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace kuramori::search {
namespace {

std::vector<Candidate> many(std::size_t count) {
  std::vector<Candidate> list;
  std::mt19937 engine(7);
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({.score = static_cast<std::uint8_t>(engine() % 5),
                    .position = static_cast<std::int64_t>(i),
                    .room = static_cast<std::uint32_t>(i % 3)});
  std::ranges::shuffle(list, engine);
  return list;
}

std::vector<std::int64_t> positions(const std::vector<Candidate>& list) {
  std::vector<std::int64_t> all;
  for (const Candidate& candidate : list) all.push_back(candidate.position);
  return all;
}

class Choosing : public ::testing::TestWithParam<std::tuple<Order, bool, std::size_t>> {};

// Whatever was cut off on the way, the best are the best of all.
TEST_P(Choosing, TheBestComeFirst) {
  const auto [order, keeps_all, count] = GetParam();
  std::vector<Candidate> all = many(count);
  Candidates candidates(order, keeps_all);
  for (const Candidate& candidate : all) candidates.add(candidate);
  const Candidates::Sorted sorted = std::move(candidates).sort();
  std::ranges::sort(all, [&](const Candidate& a, const Candidate& b) {
    if (order == Order::Rank && a.score != b.score) return a.score > b.score;
    return a.position > b.position;
  });
  const std::vector<std::int64_t> expected = positions(all);
  const std::size_t best = std::min(count, kExaminedMax);
  EXPECT_EQ(positions(sorted.best),
            std::vector(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(best)));
  const std::size_t kept = sorted.best.size() + sorted.beyond.size();
  EXPECT_EQ(sorted.is_cut, kept < count);
  if (keeps_all) {
    EXPECT_EQ(kept, count);
  }
  EXPECT_GE(kept, std::min(count, kExaminedMax + kLookedAheadMax));
}

INSTANTIATE_TEST_SUITE_P(Orders, Choosing,
                         ::testing::Combine(::testing::Values(Order::Rank, Order::Recent), ::testing::Bool(),
                                            ::testing::Values(0, 1, kExaminedMax, kExaminedMax + 1, 30'000,
                                                              100'000)));

}  // namespace
}  // namespace kuramori::search
