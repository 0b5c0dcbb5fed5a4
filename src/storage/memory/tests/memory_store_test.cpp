#include "storage/memory/memory_store.hpp"

#include "storage/tests/conformance.hpp"

namespace kuramori::storage {
namespace {

std::shared_ptr<Store> make_store() {
  return std::make_shared<memory::MemoryStore>();
}

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, ::testing::Values(StoreFactory(make_store)));

runtime::Task<Result<CommitReceipt>> await_ticket(CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

UnitOfWork person(const std::string& name) {
  UnitOfWork work;
  work.next(Sequence::Stream);
  work.insert(kPeople, {name, Null{}, Null{}, Null{}});
  return work;
}

class MemoryStoreTest : public ::testing::Test {
 protected:
  Result<CommitReceipt> wait(CommitTicket ticket) { return executor.run(await_ticket(std::move(ticket))); }
  std::int64_t people(Reader& store) {
    return *store.read_blocking([](Snapshot& s) { return s.count({.table = &kPeople}); });
  }
  ManualClock clock;
  runtime::ManualExecutor executor{clock};
};

TEST_F(MemoryStoreTest, FailsTheNextCommitOnly) {
  memory::MemoryStore store;
  ASSERT_TRUE(store.migrate(conformance_migrations()));
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  const auto failed = wait(store.submit(person("a")));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(store.epoch(), 2U);
  UnitOfWork old = person("b");
  old.require_epoch(1);
  EXPECT_EQ(wait(store.submit(std::move(old))).error().code(), ErrorCode::Conflict);
  const auto after = wait(store.submit(person("c")));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->of({Sequence::Stream, 0}), 1);
  EXPECT_EQ(people(store), 1);
}

TEST_F(MemoryStoreTest, CommitsWhenAskedAndLosesWhatWaitsInACrash) {
  memory::MemoryStore store({.commits = memory::Commits::WhenAsked, .queue_max = 4});
  ASSERT_TRUE(store.migrate(conformance_migrations()));
  std::vector<CommitTicket> tickets;
  for (const char* name : {"a", "b", "c", "d", "e"}) tickets.push_back(store.submit(person(name)));
  EXPECT_EQ(store.pending(), 4U);
  EXPECT_EQ(people(store), 0);
  EXPECT_EQ(store.commit_pending(2), 2U);
  EXPECT_EQ(people(store), 2);
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_EQ(store.commit_pending(1), 1U);
  store.drop_pending();
  EXPECT_EQ(people(store), 2);
  const std::vector<std::optional<ErrorCode>> expected = {std::nullopt, std::nullopt, ErrorCode::Unavailable,
                                                          ErrorCode::Unavailable, ErrorCode::Exhausted};
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    const auto receipt = wait(std::move(tickets[i]));
    EXPECT_EQ(receipt ? std::nullopt : std::optional(receipt.error().code()), expected[i]) << i;
  }
}

}  // namespace
}  // namespace kuramori::storage
