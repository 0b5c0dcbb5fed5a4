// Keys chosen to fall into one bucket of Boost's own hash must cost no more than any others.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <chrono>
#include <memory>

#include "base/random.hpp"
#include "json/json.hpp"

namespace kuramori {
namespace {

constexpr std::size_t kMembers = 4096;  // a power of two: the bucket is in the low bits of the hash
constexpr std::size_t kArenaBytes = std::size_t{1} << 20;

// One step of FNV-1a as Boost.JSON computes it; the start is that of a table whose address ends in zeros.
constexpr std::uint64_t kHashStart = 0xCBF2'9CE4'8422'2325;
std::uint64_t hash_step(std::uint64_t hash, char c) {
  return (static_cast<std::uint64_t>(c) ^ hash) * 0x100'0000'01B3;
}

std::vector<std::string> keys_of_one_bucket(Random& random) {
  std::vector<std::string> keys;
  while (keys.size() < kMembers) {
    const std::string prefix = random.alphanumeric(6);
    std::uint64_t hash = kHashStart;
    for (const char c : prefix) hash = hash_step(hash, c);
    for (char first = 'A'; first <= 'z'; ++first) {
      const std::uint64_t before_last = hash_step(hash, first);
      for (char last = 'A'; last <= 'z'; ++last) {
        if (hash_step(before_last, last) % kMembers == 0) keys.push_back(prefix + first + last);
      }
    }
  }
  keys.resize(kMembers);
  return keys;
}

std::chrono::nanoseconds time_to_fill(const std::vector<std::string>& keys, std::span<unsigned char> memory) {
  boost::json::monotonic_resource arena(memory.data(), memory.size());
  json::Object object(&arena);
  const auto begin = std::chrono::steady_clock::now();
  object.reserve(keys.size());
  for (const std::string& key : keys) object.emplace(key, nullptr);
  const auto end = std::chrono::steady_clock::now();
  EXPECT_EQ(object.capacity(), kMembers);
  EXPECT_EQ(object.size(), kMembers);
  return end - begin;
}

TEST(HashFlood, ChosenKeysCostNoMoreThanOthers) {
  SeededRandom random(1);
  std::vector<std::string> harmless;
  for (std::size_t i = 0; i < kMembers; ++i) harmless.push_back(std::to_string(10'000'000 + i));
  const std::vector<std::string> chosen = keys_of_one_bucket(random);
  // The first allocation of the arena is the table, so the address that Boost takes as salt ends in zeros.
  std::vector<unsigned char> memory(2 * kArenaBytes);
  void* start = memory.data();
  std::size_t space = memory.size();
  ASSERT_NE(std::align(kMembers, kArenaBytes, start, space), nullptr);
  const std::span<unsigned char> aligned(static_cast<unsigned char*>(start), kArenaBytes);

  auto usual = std::chrono::nanoseconds::max();
  auto flooded = std::chrono::nanoseconds::max();
  for (int round = 0; round < 5; ++round) {
    usual = std::min(usual, time_to_fill(harmless, aligned));
    flooded = std::min(flooded, time_to_fill(chosen, aligned));
  }
  // With the hash of Boost the ratio is beyond thirty.
  EXPECT_LT(flooded.count(), usual.count() * 10);
}

}  // namespace
}  // namespace kuramori
