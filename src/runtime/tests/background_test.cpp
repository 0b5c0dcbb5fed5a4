#include "runtime/background.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace kuramori::runtime {
namespace {

using Lane = BackgroundTurns::Lane;
using std::chrono::seconds;

TEST(BackgroundTurns, BeginWhenIdleAndPassToTheBackgroundWhenAStepStarves) {
  BackgroundTurns turns;
  const std::stop_source stop;
  EXPECT_TRUE(turns.enter(Lane::WhenIdle, stop.get_token()));
  EXPECT_FALSE(turns.pass(Lane::WhenIdle, std::chrono::milliseconds(40)));
  EXPECT_TRUE(turns.enter(Lane::WhenIdle, stop.get_token())) << "it has the turn still";
  EXPECT_TRUE(turns.pass(Lane::WhenIdle, seconds(10)));
  EXPECT_TRUE(turns.enter(Lane::Background, stop.get_token()));
  EXPECT_TRUE(turns.pass(Lane::Background, seconds(10))) << "for one step";
  EXPECT_TRUE(turns.enter(Lane::WhenIdle, stop.get_token()));
}

TEST(BackgroundTurns, OneWaitsForTheOtherUntilTheEnd) {
  BackgroundTurns turns;
  std::atomic<int> steps{0};
  std::jthread background([&](const std::stop_token& stop) {
    while (turns.enter(Lane::Background, stop)) {
      ++steps;
      turns.pass(Lane::Background, {});
    }
  });
  const std::stop_source own;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(turns.enter(Lane::WhenIdle, own.get_token()));
    EXPECT_EQ(steps.load(), i);
    ASSERT_TRUE(turns.pass(Lane::WhenIdle, seconds(10)));
  }
  ASSERT_TRUE(turns.enter(Lane::WhenIdle, own.get_token()));
  background.request_stop();
  background.join();
  EXPECT_EQ(steps.load(), 100);
}

}  // namespace
}  // namespace kuramori::runtime
