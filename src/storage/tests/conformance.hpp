// One suite that every adapter must pass. An adapter's tests compile the conformance*.cpp files and say how
// to make a store:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, ::testing::Values(StoreFactory{...}));
#pragma once
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/store.hpp"

namespace kuramori::storage {

// An empty store without tables. What it needs (a folder) goes with it.
using StoreFactory = std::function<std::shared_ptr<Store>()>;

// Tables of every shape: a text key, a number as key, a key of three columns, a unique index, null, a wide
// blob.
extern const Table kPeople;   // name | age?, city?, picture?
extern const Table kEvents;   // position | room, event_id (unique), body
extern const Table kMembers;  // room, user, since | role
extern const Table kTags;     // room, tag: nothing but a key
extern const Table kPosts;    // number | post_id, room (both gathered), body
std::vector<Migration> conformance_migrations();

class NumberedPayload final : public ChangePayload {
 public:
  explicit NumberedPayload(int number) : number_(number) {}
  int number() const { return number_; }

 private:
  int number_;
};

class StoreConformance : public ::testing::TestWithParam<StoreFactory> {
 protected:
  void SetUp() override;

  Result<CommitReceipt> commit(UnitOfWork work);
  Result<CommitReceipt> wait(CommitTicket ticket);
  // As if nothing could go wrong; the test fails when it does.
  CommitReceipt must_commit(UnitOfWork work);
  std::optional<Row> get(const Table& table, const Key& key);
  std::vector<Row> scan(const Scan& scan);
  std::int64_t count(const Scan& scan);
  std::int64_t last(Sequence sequence);
  void insert_person(const std::string& name, Value age, Value city);
  // The first column of every row, as text.
  std::vector<std::string> names(const Scan& scan);

  ManualClock clock_;
  runtime::ManualExecutor executor_{clock_};
  std::shared_ptr<Store> store_;
};

inline Value number(std::int64_t n) {
  return n;
}

}  // namespace kuramori::storage
