#include "runtime/io_thread.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>

#include "runtime/sleep.hpp"
#include "runtime/task_scope.hpp"

namespace kuramori::runtime {
namespace {

class Listener final : public ReadinessListener {
 public:
  Listener() : descriptor(::eventfd(0, EFD_NONBLOCK)) {}
  ~Listener() { ::close(descriptor); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  void ready(std::uint32_t events) override {
    if ((events & EPOLLIN) == 0) return;  // an eventfd may always be written
    ++told;
    if (on_told) on_told();
  }
  void make_readable() const {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(descriptor, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  }

  int descriptor;
  int told = 0;
  std::function<void()> on_told;
};

// Runs `job` on the thread and waits for it.
void run_on(IoThread& thread, std::move_only_function<void()> job) {
  const auto done = std::make_shared<std::atomic<bool>>(false);  // notified after it is seen, at times
  thread.post([done, &job] {
    job();
    done->store(true);
    done->notify_one();
  });
  done->wait(false);
}

TEST(IoThread, WhoIsUnwatchedInATurnIsNotToldInIt) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  Listener first;
  Listener second;
  ASSERT_TRUE(thread.watch(first.descriptor, first));
  ASSERT_TRUE(thread.watch(second.descriptor, second));
  // Both become ready before the loop begins, and whoever is told first unwatches the other.
  first.on_told = [&] { thread.unwatch(second.descriptor, second); };
  second.on_told = [&] { thread.unwatch(first.descriptor, first); };
  first.make_readable();
  second.make_readable();
  thread.start();
  run_on(thread, [] {});
  run_on(thread, [] {});
  thread.stop();
  thread.join();
  EXPECT_EQ(first.told + second.told, 1);
}

TEST(IoThread, AListenerIsToldOfEachChangeWithoutBeingWatchedAgain) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  Listener listener;
  std::atomic<int> told = 0;
  listener.on_told = [&] {
    ++told;
    told.notify_one();
  };
  ASSERT_TRUE(thread.watch(listener.descriptor, listener));
  thread.start();
  for (int i = 0; i < 100; ++i) {
    listener.make_readable();
    told.wait(i);
  }
  EXPECT_EQ(told.load(), 100);
  thread.stop();
  thread.join();
}

TEST(IoThread, NoPostIsLostWhileTheLoopFallsAsleep) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  thread.start();
  int ran = 0;
  for (int i = 0; i < 5'000; ++i) run_on(thread, [&] { ++ran; });
  thread.stop();
  thread.join();
  EXPECT_EQ(ran, 5'000);
}

Task<void> sleep_and_log(Milliseconds duration, std::vector<int>& log, int name) {
  co_await sleep_for(duration);
  log.push_back(name);
}

TEST(IoThread, SleepersWakeInTheOrderOfTheirDeadlines) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  std::vector<int> log;
  TaskScope scope;
  scope.spawn_on(thread, sleep_and_log(Milliseconds(60), log, 3));
  scope.spawn_on(thread, sleep_and_log(Milliseconds(1), log, 1));
  scope.spawn_on(thread, sleep_and_log(Milliseconds(30), log, 2));
  thread.start();
  scope.join_blocking();
  thread.stop();
  thread.join();
  EXPECT_EQ(log, (std::vector<int>{1, 2, 3}));
}

TEST(IoThread, StopsThoughNothingHappens) {
  const SystemClock clock;
  IoThread thread(clock, "io-test");
  thread.start();
  run_on(thread, [] {});
  thread.stop();
  thread.join();
}

}  // namespace
}  // namespace kuramori::runtime
