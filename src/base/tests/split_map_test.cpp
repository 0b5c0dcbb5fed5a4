#include "base/split_map.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace kuramori {
namespace {

TEST(SplitMap, PartsFollowTheOrderOfKeys) {
  using Map = SplitMap<int, 4>;
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kQuarter = std::int64_t{1} << 62U;
  EXPECT_EQ(Map::index_of(kMin), 0U);
  EXPECT_EQ(Map::index_of(-kQuarter - 1), 0U);
  EXPECT_EQ(Map::index_of(-kQuarter), 1U);
  EXPECT_EQ(Map::index_of(-1), 1U);
  EXPECT_EQ(Map::index_of(0), 2U);
  EXPECT_EQ(Map::index_of(kQuarter - 1), 2U);
  EXPECT_EQ(Map::index_of(kQuarter), 3U);
  EXPECT_EQ(Map::index_of(kMax), 3U);
}

TEST(SplitMap, KeepsWhatEachPartIsGiven) {
  SplitMap<int, 64> map;
  constexpr std::int64_t kStep = std::numeric_limits<std::int64_t>::max() / 500;
  for (int i = -500; i <= 500; ++i) map.part_of(i * kStep).emplace(i * kStep, i);
  std::size_t held = 0;
  for (std::size_t part = 0; part < 64; ++part) held += map.part(part).size();
  EXPECT_EQ(held, 1001U);
  EXPECT_GT(map.part(0).size(), 0U);
  EXPECT_LT(map.part(0).size(), 100U);
  for (int i = -500; i <= 500; ++i) EXPECT_EQ(map.part_of(i * kStep).at(i * kStep), i);
}

}  // namespace
}  // namespace kuramori
