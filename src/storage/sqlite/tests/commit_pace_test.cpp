#include "storage/sqlite/commit_pace.hpp"

#include <gtest/gtest.h>

namespace kuramori::storage::sqlite {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kInterval(3);

struct Load {
  CommitPace pace{kInterval};
  SteadyTime now{std::chrono::seconds(1)};

  // Batches of so many units, one every `every`, for a while.
  void run(std::size_t units, microseconds every, int batches) {
    for (int i = 0; i < batches; ++i) {
      static_cast<void>(pace.wait(now));
      pace.took(now, units);
      now += every;
    }
  }
};

TEST(CommitPace, TheFirstUnitDoesNotWait) {
  Load load;
  EXPECT_EQ(load.pace.wait(load.now), CommitPace::Duration::zero());
}

TEST(CommitPace, AFewSendersDoNotWait) {
  Load load;
  load.run(1, milliseconds(2), 100);
  EXPECT_EQ(load.pace.wait(load.now), CommitPace::Duration::zero());
}

TEST(CommitPace, UnderLoadBatchesBeginAtThePace) {
  Load load;
  load.run(5, microseconds(500), 200);
  load.pace.took(load.now, 5);
  EXPECT_EQ(load.pace.wait(load.now + milliseconds(1)), kInterval - milliseconds(1));
  EXPECT_EQ(load.pace.wait(load.now + milliseconds(4)), CommitPace::Duration::zero());
}

TEST(CommitPace, WhoWaitedForNobodyDoesNotWaitAgainForAWhile) {
  Load load;
  load.run(5, microseconds(500), 200);
  load.pace.took(load.now, 5);
  EXPECT_GT(load.pace.wait(load.now + microseconds(500)), CommitPace::Duration::zero());
  load.now += kInterval;
  load.pace.took(load.now, 1);
  load.now += microseconds(500);
  EXPECT_EQ(load.pace.wait(load.now), CommitPace::Duration::zero());
}

TEST(CommitPace, LoadIsForgottenWhenItIsOver) {
  Load load;
  load.run(5, microseconds(500), 200);
  load.now += std::chrono::seconds(1);
  load.pace.took(load.now, 1);
  EXPECT_EQ(load.pace.wait(load.now), CommitPace::Duration::zero());
}

TEST(CommitPace, WithoutAnIntervalNobodyWaits) {
  CommitPace pace{CommitPace::Duration::zero()};
  SteadyTime now{std::chrono::seconds(1)};
  for (int i = 0; i < 100; ++i) {
    pace.took(now, 50);
    EXPECT_EQ(pace.wait(now), CommitPace::Duration::zero());
    now += microseconds(100);
  }
}

}  // namespace
}  // namespace kuramori::storage::sqlite
