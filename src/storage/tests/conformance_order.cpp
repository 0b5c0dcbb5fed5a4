#include <thread>

#include "storage/tests/conformance.hpp"

namespace kuramori::storage {
namespace {

class Listener final : public StreamListener, public RecordListener {
 public:
  void committed(std::span<const Change> changes) override {
    for (const Change& change : changes) {
      positions.push_back(change.position.value);
      numbers.push_back(static_cast<const NumberedPayload&>(*change.payload).number());
    }
  }
  void recorded(std::int64_t last_index) override { records.push_back(last_index); }
  std::vector<std::int64_t> positions;
  std::vector<int> numbers;
  std::vector<std::int64_t> records;
};

UnitOfWork event_unit(int number) {
  UnitOfWork work;
  const NextOf position = work.next(Sequence::Stream);
  work.next(Sequence::Audit);
  work.insert(kEvents, {position, "!r", "$" + std::to_string(number), Bytes(20, 7)});
  work.publish(position, std::make_shared<NumberedPayload>(number));
  return work;
}

TEST_P(StoreConformance, TellsListenersInOrderBeforeTheCommitter) {
  Listener listener;
  store_->add_listener(listener);
  store_->set_record_listener(listener);
  UnitOfWork work;
  const NextOf first = work.next(Sequence::Stream);
  const NextOf second = work.next(Sequence::Stream);
  work.next(Sequence::Audit);
  work.publish(second, std::make_shared<NumberedPayload>(2));
  work.publish(first, std::make_shared<NumberedPayload>(1));
  must_commit(std::move(work));
  EXPECT_EQ(listener.positions, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(listener.numbers, (std::vector<int>{1, 2}));
  EXPECT_EQ(listener.records, std::vector<std::int64_t>{0});
  EXPECT_EQ(store_->last_position().value, 2);
  UnitOfWork silent;
  silent.insert(kTags, {"!r", "x"});
  must_commit(std::move(silent));
  EXPECT_EQ(listener.records.size(), 1U);
  UnitOfWork failing;
  failing.publish(failing.next(Sequence::Stream), std::make_shared<NumberedPayload>(3));
  failing.insert(kTags, {"!r", "x"});
  EXPECT_FALSE(commit(std::move(failing)));
  EXPECT_EQ(listener.numbers.size(), 2U);
}

TEST_P(StoreConformance, NumbersThatAreRestoredArePassedOver) {
  UnitOfWork work;
  work.pass_over(Sequence::Stream, 4'000'000'000U);
  must_commit(std::move(work));
  UnitOfWork again;
  again.pass_over(Sequence::Stream, 4'000'000'000U);
  again.pass_over(Sequence::Audit, 7);
  must_commit(std::move(again));
  EXPECT_EQ(store_->last_position().value, 8'000'000'000);
  const auto receipt = commit(event_unit(0));
  ASSERT_TRUE(receipt) << receipt.error().to_log();
  EXPECT_EQ(receipt->of({Sequence::Stream, 0}), 8'000'000'001);
  EXPECT_EQ(receipt->of({Sequence::Audit, 0}), 7);
}

TEST_P(StoreConformance, WhatIsSubmittedFirstCommitsFirst) {
  std::vector<CommitTicket> tickets;
  for (int i = 0; i < 1000; ++i) tickets.push_back(store_->submit(event_unit(i)));
  for (int i = 0; i < 1000; ++i) {
    const auto receipt = wait(std::move(tickets[static_cast<std::size_t>(i)]));
    ASSERT_TRUE(receipt) << receipt.error().to_log();
    ASSERT_EQ(receipt->of({Sequence::Stream, 0}), i + 1);
    ASSERT_EQ(receipt->of({Sequence::Audit, 0}), i);
  }
}

TEST_P(StoreConformance, TenThousandUnitsFromManyThreads) {
  constexpr int kThreads = 10;
  constexpr int kEach = 1000;
  Listener listener;
  store_->add_listener(listener);
  std::vector<std::vector<std::int64_t>> received(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      runtime::ManualExecutor executor(clock_);
      auto run = [](Store& store, int from, std::vector<std::int64_t>& positions) -> runtime::Task<void> {
        std::vector<CommitTicket> tickets;
        for (int i = 0; i < kEach; ++i) tickets.push_back(store.submit(event_unit(from + i)));
        for (CommitTicket& ticket : tickets) {
          auto receipt = co_await ticket;
          positions.push_back(receipt ? receipt->of({Sequence::Stream, 0}) : -1);
        }
      };
      executor.run(run(*store_, t * kEach, received[static_cast<std::size_t>(t)]));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::int64_t> all;
  for (const auto& positions : received) {
    EXPECT_TRUE(std::ranges::is_sorted(positions));
    all.insert(all.end(), positions.begin(), positions.end());
  }
  std::ranges::sort(all);
  ASSERT_EQ(all.size(), std::size_t{kThreads * kEach});
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<std::int64_t>(i) + 1);
  EXPECT_EQ(listener.positions, all);
  EXPECT_EQ(count({.table = &kEvents}), kThreads * kEach);
  EXPECT_EQ(last(Sequence::Audit), kThreads * kEach - 1);
}

TEST_P(StoreConformance, ReadersSeeAPrefixOfTheOrderWhileUnitsCommit) {
  std::atomic<bool> done = false;
  std::thread reader([&] {
    std::int64_t before = 0;
    while (!done) {
      auto query = [](Snapshot& s) -> Result<std::pair<std::int64_t, std::int64_t>> {
        KURAMORI_TRY(events, s.count({.table = &kEvents}));
        KURAMORI_TRY(position, s.last(Sequence::Stream));
        return std::pair(events, position);
      };
      const auto seen = store_->read_blocking(query);
      ASSERT_TRUE(seen) << seen.error().to_log();
      // One row for each position: nothing in the middle is missing, nothing comes early.
      EXPECT_EQ(seen->first, seen->second);
      EXPECT_GE(seen->first, before);
      before = seen->first;
    }
  });
  for (int i = 0; i < 500; ++i) must_commit(event_unit(i));
  done = true;
  reader.join();
}

TEST_P(StoreConformance, AUnitOfAnotherEpochIsRefused) {
  UnitOfWork current = event_unit(1);
  current.require_epoch(store_->epoch());
  must_commit(std::move(current));
  UnitOfWork stale = event_unit(2);
  stale.require_epoch(store_->epoch() + 1);
  const auto refused = commit(std::move(stale));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Conflict);
  EXPECT_EQ(last(Sequence::Stream), 1);
}

TEST_P(StoreConformance, WhatWasBuiltOnAFailedUnitIsRefused) {
  insert_person("alice", Null{}, Null{});
  const std::uint64_t epoch = store_->epoch();
  UnitOfWork independent;
  independent.insert(kPeople, {"alice", Null{}, Null{}, Null{}});
  EXPECT_FALSE(commit(std::move(independent)));
  EXPECT_EQ(store_->epoch(), epoch);
  std::vector<CommitTicket> tickets;
  for (int i = 0; i < 5; ++i) {
    UnitOfWork work = event_unit(i);
    work.require_epoch(epoch);
    if (i == 2) work.insert(kPeople, {"alice", Null{}, Null{}, Null{}});
    tickets.push_back(store_->submit(std::move(work)));
  }
  UnitOfWork unrelated;
  unrelated.insert(kPeople, {"bob", Null{}, Null{}, Null{}});
  tickets.push_back(store_->submit(std::move(unrelated)));
  const std::vector<bool> expected = {true, true, false, false, false, true};
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    EXPECT_EQ(wait(std::move(tickets[i])).has_value(), expected[i]) << i;
  }
  EXPECT_EQ(store_->epoch(), epoch + 1);
  EXPECT_EQ(last(Sequence::Stream), 2);
  UnitOfWork reloaded = event_unit(9);
  reloaded.require_epoch(store_->epoch());
  must_commit(std::move(reloaded));
}

}  // namespace
}  // namespace kuramori::storage
