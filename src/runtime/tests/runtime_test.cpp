#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "runtime/io_thread.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/sleep.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::runtime {
namespace {

Task<int> add(int a, int b) {
  co_return a + b;
}
Task<int> deep(int n) {
  if (n == 0) co_return 0;
  const int below = co_await deep(n - 1);
  co_return below + 1;
}
Task<int> throws() {
  throw std::runtime_error("boom");
  co_return 1;
}

class Runtime : public ::testing::Test {
 protected:
  ManualClock clock;
  ManualExecutor executor{clock};
};

TEST_F(Runtime, TasksReturnValuesThroughDeepChains) {
  EXPECT_EQ(executor.run(add(2, 3)), 5);
  EXPECT_EQ(executor.run(deep(10'000)), 10'000);
  EXPECT_THROW(executor.run(throws()), std::runtime_error);
}

TEST_F(Runtime, WakeupIsNotLostWhenItComesFirst) {
  Wakeup wakeup;
  wakeup.notify();
  auto wait = [](Wakeup& w, SteadyTime t) -> Task<bool> {
    const bool notified = co_await w.wait_until(t);
    co_return notified;
  };
  EXPECT_TRUE(executor.run(wait(wakeup, clock.steady_now())));
  EXPECT_FALSE(executor.run(wait(wakeup, clock.steady_now())));
}

Task<void> log_value(OneShotFuture<int> future, std::vector<int>& log) {
  const int value = co_await std::move(future);
  log.push_back(value);
}

TEST_F(Runtime, AnswersGivenTogetherResumeWhenTheyArePostedInTheirOrder) {
  std::vector<int> log;
  std::vector<OneShotPromise<int>> promises;
  TaskScope scope;
  for (int i = 0; i < 3; ++i) {
    auto [promise, future] = one_shot<int>();
    promises.push_back(std::move(promise));
    scope.spawn_on(executor, log_value(std::move(future), log));
  }
  executor.run_until_idle();
  Resumptions later;
  for (int i = 0; i < 3; ++i) promises[static_cast<std::size_t>(i)].set(i, later);
  executor.run_until_idle();
  EXPECT_TRUE(log.empty());
  later.post();
  executor.run_until_idle();
  EXPECT_EQ(log, (std::vector<int>{0, 1, 2}));
  executor.run(scope.join());
}

TEST_F(Runtime, AnAnswerGivenBeforeAnybodyAwaitsItNeedsNoPost) {
  auto [promise, future] = one_shot<int>();
  Resumptions later;
  promise.set(7, later);
  std::vector<int> log;
  executor.run(log_value(std::move(future), log));
  EXPECT_EQ(log, (std::vector<int>{7}));
}

TEST(IoThreads, EveryCoroutinePostedTogetherRuns) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  thread.start();
  std::vector<int> log;  // the thread's until it is joined
  std::vector<OneShotPromise<int>> promises;
  TaskScope scope;
  for (int i = 0; i < 100; ++i) {
    auto [promise, future] = one_shot<int>();
    promises.push_back(std::move(promise));
    scope.spawn_on(thread, log_value(std::move(future), log));
  }
  Resumptions later;
  for (int i = 0; i < 100; ++i) promises[static_cast<std::size_t>(i)].set(i, later);
  later.post();
  ManualExecutor waiter(clock);
  waiter.run(scope.join());
  thread.stop();
  thread.join();
  // Some may have found their answer without being posted.
  std::ranges::sort(log);
  ASSERT_EQ(log.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(log[static_cast<std::size_t>(i)], i);
}

TEST(IoThreads, WhatIsPostedMayBeResumedBetweenTwoPiecesOfWork) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  std::vector<int> log;
  std::vector<std::size_t> seen;
  auto [promise, future] = one_shot<int>();
  TaskScope scope;
  scope.spawn_on(thread, log_value(std::move(future), log));
  const auto look = [&] { seen.push_back(log.size()); };
  thread.post([&, given = std::move(promise)]() mutable {
    given.set(7);
    look();
    thread.resume_posted();
    look();
    thread.resume_posted();
  });
  thread.start();
  scope.join_blocking();
  thread.stop();
  thread.join();
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(log, std::vector<int>{7});
}

Task<void> wait_and_log(Wakeup& wakeup, SteadyTime deadline, std::vector<bool>& log) {
  const bool notified = co_await wakeup.wait_until(deadline);
  log.push_back(notified);
}

TEST_F(Runtime, WakeupWakesOrTimesOut) {
  Wakeup first;
  Wakeup second;
  std::vector<bool> log;
  TaskScope scope;
  scope.spawn_on(executor, wait_and_log(first, clock.steady_now() + Milliseconds(10), log));
  scope.spawn_on(executor, wait_and_log(second, clock.steady_now() + Milliseconds(10), log));
  executor.run_until_idle();
  EXPECT_TRUE(log.empty());
  first.notify();
  executor.run_until_idle();
  EXPECT_EQ(log, std::vector<bool>{true});
  clock.advance(Milliseconds(10));
  executor.run_until_idle();
  EXPECT_EQ(log, (std::vector<bool>{true, false}));
}

Task<void> pass(Sequencer& lane, Wakeup& hold, SteadyTime deadline, int id, std::vector<int>& order) {
  auto entered = co_await lane.enter();
  if (!entered) {
    order.push_back(-id);
    co_return;
  }
  order.push_back(id);
  co_await hold.wait_until(deadline);
}

TEST_F(Runtime, SequencerKeepsOrderAndRefusesWhenFull) {
  Sequencer lane(1);
  Wakeup hold_one;
  Wakeup hold_two;
  std::vector<int> order;
  TaskScope scope;
  const SteadyTime later = clock.steady_now() + Milliseconds(1000);
  scope.spawn_on(executor, pass(lane, hold_one, later, 1, order));
  scope.spawn_on(executor, pass(lane, hold_two, later, 2, order));
  scope.spawn_on(executor, pass(lane, hold_two, later, 3, order));
  executor.run_until_idle();
  EXPECT_EQ(order, (std::vector<int>{1, -3}));
  hold_one.notify();
  executor.run_until_idle();
  EXPECT_EQ(order, (std::vector<int>{1, -3, 2}));
  hold_two.notify();
  executor.run_until_idle();
  EXPECT_EQ(scope.running(), 0u);
}

TEST_F(Runtime, WorkerPoolRunsElsewhereAndReturnsHere) {
  WorkerPool pool({.name = "test", .threads = 2, .queue_max = 8});
  auto work = []() -> Result<std::thread::id> { return std::this_thread::get_id(); };
  const auto where = executor.run(pool.run(work));
  ASSERT_TRUE(where);
  EXPECT_NE(*where, std::this_thread::get_id());
}

Task<void> sleeper(std::stop_token stop, std::atomic<int>& ended) {
  while (co_await sleep_for(Milliseconds(1), stop)) {
  }
  ++ended;
}

TEST(IoThread, RunsTasksAndJoinsThem) {
  const SystemClock clock;
  IoThread thread(clock, "io");
  thread.start();
  std::atomic<int> ended = 0;
  {
    TaskScope scope;
    for (int i = 0; i < 50; ++i) scope.spawn_on(thread, sleeper(scope.stop_token(), ended));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    scope.join_blocking();
  }
  EXPECT_EQ(ended.load(), 50);
  thread.stop();
  thread.join();
}

TEST(TimerQueue, FiresInOrderAndForgetsTheCancelled) {
  struct Probe final : Timer {
    Probe(int i, std::vector<int>& l) : id(i), log(l) {}
    void fired() noexcept override { log.push_back(id); }
    int id;
    std::vector<int>& log;
  };
  std::vector<int> log;
  std::vector<std::unique_ptr<Probe>> probes;
  TimerQueue queue;
  const SteadyTime start{};
  for (int i = 0; i < 100; ++i) {
    probes.push_back(std::make_unique<Probe>(i, log));
    queue.arm(*probes.back(), start + Milliseconds((i * 37) % 100));
  }
  for (int i = 0; i < 100; i += 2) queue.cancel(*probes[static_cast<std::size_t>(i)]);
  queue.fire_due(start + Milliseconds(100));
  ASSERT_EQ(log.size(), 50u);
  for (std::size_t i = 1; i < log.size(); ++i) EXPECT_LT((log[i - 1] * 37) % 100, (log[i] * 37) % 100);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace kuramori::runtime
