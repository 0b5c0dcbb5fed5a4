// Gathered indexes answer as any other, wherever their entries are at the moment.
#include <map>

#include "base/random.hpp"
#include "storage/tests/conformance.hpp"

namespace kuramori::storage {
namespace {

using Numbers = std::vector<std::int64_t>;

Row post(Value number, std::int64_t n, const std::string& room) {
  return {std::move(number), "$" + std::to_string(n), room, Bytes(20, 7)};
}

Scan in_room(const std::string& room) {
  return {.table = &kPosts, .index = &kPosts.index("posts_in_room"), .prefix = {room}};
}

Scan by_id(const std::string& id) {
  return {.table = &kPosts, .index = &kPosts.index("posts_by_id"), .prefix = {id}};
}

Numbers numbers_of(const std::vector<Row>& rows) {
  Numbers numbers;
  for (const Row& row : rows) numbers.push_back(integer(row[0]));
  return numbers;
}

// What a scan must answer, of all numbers in a room.
Numbers expected(const Numbers& all, const Scan& scan) {
  Numbers wanted;
  for (const std::int64_t n : all) {
    if ((!scan.from || n >= integer(*scan.from)) && (!scan.below || n < integer(*scan.below)))
      wanted.push_back(n);
  }
  if (scan.direction == Direction::Backward) std::ranges::reverse(wanted);
  if (wanted.size() > scan.limit) wanted.resize(scan.limit);
  return wanted;
}

TEST_P(StoreConformance, GatheredIndexesAnswerWhileTheyGrow) {
  SeededRandom random(11);
  std::map<std::string, Numbers> rooms;
  std::int64_t last = 0;
  for (int step = 0; step < 120; ++step) {
    UnitOfWork work;
    const std::uint64_t added = 1 + random.below(5);
    for (std::uint64_t i = 0; i < added; ++i) {
      const std::string room = "!" + std::to_string(random.below(4));
      work.insert(kPosts, post(work.next(Sequence::Stream), ++last, room));
      rooms[room].push_back(last);
    }
    must_commit(std::move(work));
    const auto id = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(last)) + 1);
    EXPECT_EQ(numbers_of(scan(by_id("$" + std::to_string(id)))), Numbers{id});
    for (auto& [room, all] : rooms) {
      Scan wanted = in_room(room);
      if (random.below(3) != 0) wanted.from = static_cast<std::int64_t>(random.below(400));
      if (random.below(3) != 0) wanted.below = static_cast<std::int64_t>(random.below(400));
      if (random.below(2) == 0) wanted.direction = Direction::Backward;
      if (random.below(2) == 0) wanted.limit = random.below(90);
      ASSERT_EQ(numbers_of(scan(wanted)), expected(all, wanted)) << step;
      wanted.limit = 1'000;
      ASSERT_EQ(count(wanted), static_cast<std::int64_t>(expected(all, wanted).size()));
      const std::int64_t one = all[random.below(all.size())];
      EXPECT_EQ(numbers_of(scan({.table = &kPosts, .index = wanted.index, .prefix = {room, one}})),
                Numbers{one});
    }
  }
  EXPECT_EQ(scan(by_id("$0")).size(), 0U);
  EXPECT_EQ(scan(in_room("!nowhere")).size(), 0U);
}

// Numbers of a unit that was taken back go to the next, whose rows may be of other rooms or of the same.
TEST_P(StoreConformance, GatheredIndexesForgetWhatWasTakenBack) {
  insert_person("there", Null{}, Null{});
  Numbers even;
  Numbers odd;
  std::int64_t stored = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<CommitTicket> tickets;
    for (std::int64_t i = 0; i < 5; ++i) {
      UnitOfWork work;
      const bool fails = i % 2 == 1;
      const std::string room = i % 3 == 0 ? "!even" : "!odd";
      work.insert(kPosts, post(work.next(Sequence::Stream), round * 10 + i, room));
      if (fails) {
        work.insert(kPeople, {"there", Null{}, Null{}, Null{}});
      } else {
        (i % 3 == 0 ? even : odd).push_back(++stored);
      }
      tickets.push_back(store_->submit(std::move(work)));
    }
    for (std::int64_t i = 0; i < 5; ++i)
      EXPECT_EQ(wait(std::move(tickets[static_cast<std::size_t>(i)])).has_value(), i % 2 == 0);
  }
  EXPECT_EQ(numbers_of(scan(in_room("!even"))), even);
  EXPECT_EQ(numbers_of(scan(in_room("!odd"))), odd);
  EXPECT_EQ(scan(by_id("$31")).size(), 0U);
  EXPECT_EQ(numbers_of(scan(by_id("$12"))).size(), 1U);
}

TEST_P(StoreConformance, GatheredIndexesFollowReplacedAndErasedRows) {
  for (std::int64_t n = 1; n <= 100; ++n) {
    UnitOfWork work;
    work.insert(kPosts, post(work.next(Sequence::Stream), n, "!r"));
    if (n > 50) work.upsert(kPosts, post(n - 50, n - 50, "!r"));
    if (n > 90) work.erase(kPosts, {n - 90});
    must_commit(std::move(work));
  }
  UnitOfWork work;
  work.upsert(kPosts, post(work.next(Sequence::Stream), 101, "!r"));
  must_commit(std::move(work));
  const Numbers left = numbers_of(scan(in_room("!r")));
  ASSERT_EQ(left.size(), 91U);
  EXPECT_EQ(left.front(), 11);
  EXPECT_EQ(left.back(), 101);
  EXPECT_EQ(scan(by_id("$5")).size(), 0U);
  EXPECT_EQ(numbers_of(scan(by_id("$60"))), Numbers{60});
}

TEST_P(StoreConformance, GatheredIndexesShowASnapshotWhatItHolds) {
  const auto write = [this](std::int64_t first, std::int64_t last) {
    for (std::int64_t n = first; n <= last; ++n) {
      UnitOfWork work;
      work.insert(kPosts, post(work.next(Sequence::Stream), n, "!r"));
      must_commit(std::move(work));
    }
  };
  write(1, 50);
  const auto seen = store_->read_blocking([&](Snapshot& snapshot) -> Result<std::int64_t> {
    write(51, 250);  // through several runs
    KURAMORI_TRY(newer, snapshot.scan(by_id("$51")));
    EXPECT_TRUE(newer.empty());
    KURAMORI_TRY(older, snapshot.scan(by_id("$50")));
    EXPECT_EQ(older.size(), 1U);
    std::int64_t nested = 0;
    KURAMORI_CHECK(snapshot.for_each(in_room("!r"), [&](Row&& row) {
      Scan before = in_room("!r");
      before.below = row[0];
      before.direction = Direction::Backward;
      before.limit = 2;
      nested += static_cast<std::int64_t>(snapshot.scan(before)->size());
      return true;
    }));
    EXPECT_EQ(nested, 1 + 48 * 2);
    return snapshot.count(in_room("!r"));
  });
  ASSERT_TRUE(seen) << seen.error().to_log();
  EXPECT_EQ(*seen, 50);
  EXPECT_EQ(count(in_room("!r")), 250);
}

TEST_P(StoreConformance, AGatheredIndexIsScannedByItsText) {
  const auto all = store_->read_blocking([](Snapshot& snapshot) {
    return snapshot.scan({.table = &kPosts, .index = &kPosts.index("posts_in_room")});
  });
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code(), ErrorCode::Internal);
}

}  // namespace
}  // namespace kuramori::storage
