// What syncs cost in sync code alone: one event to a thousand requests that wait, and a first sync of many
// rooms. Run it from a build with optimisation:
//
//   sync_tests --gtest_also_run_disabled_tests --gtest_filter='*FanOut*'
#include <malloc.h>

#include <chrono>
#include <iostream>

#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

class FanOut : public SyncTest {
 protected:
  static constexpr int kReaders = 1000;
  static constexpr int kRounds = 50;

  using Time = std::chrono::steady_clock;
  static double micros(Time::duration taken, int times) {
    return std::chrono::duration<double, std::micro>(taken).count() / times;
  }

  runtime::Task<void> read_once(const gate::Permit& permit, Client& reader) {
    auto answer = co_await services->engine.sync(permit, request_of(reader, Milliseconds(30'000)));
    ensure(answer.has_value(), "a sync succeeds");
    reader.since = answer->to;
    bytes += answer->body.size();
    delivered += answer->has_content ? 1 : 0;
  }

  std::size_t bytes = 0;
  int delivered = 0;
};

TEST_F(FanOut, DISABLED_OneEventToAThousandReaders) {
  const RoomId room = public_room(alice);
  std::vector<Client> readers;
  std::vector<gate::Permit> permits;
  for (int i = 0; i < kReaders; ++i) {
    const UserId who = user("reader" + std::to_string(i));
    ASSERT_TRUE(join(who, room));
    readers.push_back(client(who));
    permits.push_back(permit(who, gate::Operation::Sync));
  }
  for (Client& reader : readers) sync(reader);
  Time::duration parking{};
  Time::duration delivering{};
  std::size_t parked_bytes = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t before = mallinfo2().uordblks;
    auto started = Time::now();
    for (std::size_t i = 0; i < readers.size(); ++i)
      scope.spawn_on(executor, read_once(permits[i], readers[i]));
    executor.run_until_idle();
    parking += Time::now() - started;
    parked_bytes += mallinfo2().uordblks - before;
    delivered = 0;
    started = Time::now();
    ASSERT_TRUE(send(alice, room, "hello"));
    executor.run_until_idle();
    delivering += Time::now() - started;
    ASSERT_EQ(delivered, kReaders);
  }
  std::cout << "park " << micros(parking, kReaders * kRounds) << " us, from sending to the answer "
            << micros(delivering, kReaders * kRounds) << " us, answer " << bytes / (kReaders * kRounds)
            << " octets, memory of one that waits " << parked_bytes / (kReaders * kRounds) << " octets\n";
}

TEST_F(FanOut, DISABLED_FirstSyncOfAHundredRoomsOfAHundred) {
  constexpr int kRooms = 100;
  constexpr int kMembers = 100;
  constexpr int kSyncs = 10;
  for (int i = 0; i < kRooms; ++i) {
    const RoomId room = public_room(alice);
    for (int member = 1; member < kMembers; ++member) {
      const UserId who = user("member" + std::to_string(member));
      ASSERT_TRUE(join(who, room));
    }
    for (int message = 0; message < 20; ++message) ASSERT_TRUE(send(alice, room, "hello"));
  }
  restart();
  for (const char* filter : {"{}", R"({"room":{"state":{"lazy_load_members":true}}})"}) {
    for (int i = 0; i < kSyncs; ++i) {
      Client phone = client_with(alice, filter);
      const auto started = Time::now();
      auto answer = try_sync(phone);
      const auto taken = Time::now() - started;
      ASSERT_TRUE(answer);
      if (i < 2 || i == kSyncs - 1)
        std::cout << filter << " " << i << ": " << micros(taken, 1000) << " ms, " << answer->body.size()
                  << " octets\n";
    }
  }
}

}  // namespace
}  // namespace kuramori::sync::testing
