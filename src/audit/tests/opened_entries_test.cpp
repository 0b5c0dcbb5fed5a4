#include "audit/opened_entries.hpp"

#include <gtest/gtest.h>

#include "audit/tests/record_fixture.hpp"

namespace kuramori::audit {
namespace {

// Ten entries, a minute apart, of two people in turn.
class OpenedEntries : public ::testing::Test {
 protected:
  OpenedEntries() {
    for (int i = 0; i < 10; ++i) {
      Entry entry =
          Record::entry(i % 2 == 0 ? "@alice:example.org" : "@bob:example.org", "$event" + std::to_string(i));
      entry.personal["n"] = i;
      EXPECT_TRUE(record.append(std::move(entry)));
      record.clock().advance(std::chrono::minutes(1));
    }
  }
  std::vector<std::string> read(RecordSpan span, std::size_t most = 100) {
    std::vector<std::string> seen;
    auto query = [&](storage::Snapshot& snapshot) -> Result<void> {
      KURAMORI_TRY(people, PersonDirectory::load(snapshot, record.keys()));
      return for_each_opened(snapshot, people, span, [&](OpenedEntry&& entry) {
        seen.push_back(entry.entry.detail + " " + entry.who.user.str() + " " +
                       std::to_string(json::integer_or(entry.personal, "n", -1)));
        return seen.size() < most;
      });
    };
    const auto done = record.store().read_blocking(query);
    EXPECT_TRUE(done.has_value()) << done.error().to_log();
    return seen;
  }

  Record record;
};

TEST_F(OpenedEntries, AreReadInBothDirectionsAndOpened) {
  const Timestamp first = record.clock().now() - std::chrono::minutes(10);
  const auto forward = read({.from = first + std::chrono::minutes(2), .to = first + std::chrono::minutes(5)});
  ASSERT_EQ(forward.size(), 3U);
  EXPECT_EQ(forward[0], "$event2 @alice:example.org 2");
  EXPECT_EQ(forward[1], "$event3 @bob:example.org 3");
  const auto backward =
      read({.from = first, .to = first + std::chrono::minutes(5), .direction = storage::Direction::Backward});
  ASSERT_EQ(backward.size(), 5U);
  EXPECT_EQ(backward.front(), "$event4 @alice:example.org 4");
  EXPECT_EQ(backward.back(), "$event0 @alice:example.org 0");
}

TEST_F(OpenedEntries, GoOnWhereTheyStopped) {
  const Timestamp first = record.clock().now() - std::chrono::minutes(10);
  const RecordSpan all{.from = first, .to = record.clock().now()};
  EXPECT_EQ(read(all, 4).size(), 4U);
  RecordSpan rest = all;
  rest.after = 3;
  EXPECT_EQ(read(rest).front(), "$event4 @alice:example.org 4");
  rest.direction = storage::Direction::Backward;
  EXPECT_EQ(read(rest).front(), "$event2 @alice:example.org 2");
}

TEST_F(OpenedEntries, BelongToOnePersonEach) {
  const auto alice = *record.keys().cached(crypto::KeyScope::Person, "@alice:example.org");
  const UserId user("@alice:example.org");
  const auto own = open_own_entry(record.stored(0), user, alice);
  ASSERT_TRUE(own.has_value() && own->has_value());
  EXPECT_EQ(json::integer_or((*own)->personal, "n", -1), 0);
  const auto others = open_own_entry(record.stored(1), user, alice);
  ASSERT_TRUE(others.has_value());
  EXPECT_FALSE(others->has_value());
}

}  // namespace
}  // namespace kuramori::audit
