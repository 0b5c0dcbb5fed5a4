// Random histories of a simulated server. KURAMORI_SIMULATOR_SEED replays one; KURAMORI_LONG_TESTS=1 tries
// many.
#include <gtest/gtest.h>

#include <cstdlib>

#include "world.hpp"

namespace kuramori::simulator {
namespace {

void live(std::uint64_t seed, std::size_t steps) {
  SCOPED_TRACE("KURAMORI_SIMULATOR_SEED=" + std::to_string(seed));
  World world(seed);
  for (std::size_t i = 0; i < steps && !::testing::Test::HasFailure(); ++i) world.step();
  EXPECT_GT(world.acknowledged(), steps / 50) << "hardly anything was sent";
  EXPECT_GT(world.crashes() + world.failures(), 0u) << "nothing went wrong";
  world.check();
}

TEST(Simulator, NothingAcknowledgedIsLostAndTheRecordVerifies) {
  if (const char* seed = std::getenv("KURAMORI_SIMULATOR_SEED")) {
    live(std::strtoull(seed, nullptr, 10), 2'000);
    return;
  }
  const std::uint64_t seeds = std::getenv("KURAMORI_LONG_TESTS") != nullptr ? 500 : 12;
  for (std::uint64_t seed = 1; seed <= seeds && !::testing::Test::HasFailure(); ++seed) live(seed, 600);
}

}  // namespace
}  // namespace kuramori::simulator
