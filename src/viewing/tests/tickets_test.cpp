#include "viewing/tickets.hpp"

#include <gtest/gtest.h>

namespace kuramori::viewing {
namespace {

class TicketsTest : public ::testing::Test {
 protected:
  std::string issue(std::string user) {
    return tickets.issue({.user = UserId(std::move(user)),
                          .device = DeviceId("D"),
                          .session = SessionId("S"),
                          .file = {ServerName("example.org"), "plan"}});
  }
  ManualClock clock;
  SeededRandom random{5};
  Tickets tickets{clock, random};
};

TEST_F(TicketsTest, HoldsForItsTimeAndIsBoundToWhomItWasMadeFor) {
  const std::string mine = issue("@aiko:example.org");
  const std::string other = issue("@bao:example.org");
  EXPECT_NE(mine, other);
  EXPECT_EQ(tickets.find(mine)->user, UserId("@aiko:example.org"));
  EXPECT_EQ(tickets.find(other)->user, UserId("@bao:example.org"));
  EXPECT_EQ(tickets.find(mine)->file.id, "plan");
  clock.advance(Tickets::kLifetime - Milliseconds(1));
  EXPECT_TRUE(tickets.find(mine));
  clock.advance(Milliseconds(1));
  EXPECT_FALSE(tickets.find(mine));
}

TEST_F(TicketsTest, NothingElseIsATicket) {
  std::string mine = issue("@aiko:example.org");
  EXPECT_FALSE(tickets.find(""));
  EXPECT_FALSE(tickets.find(mine + "x"));
  mine.back() = mine.back() == 'a' ? 'b' : 'a';
  EXPECT_FALSE(tickets.find(mine));
}

TEST_F(TicketsTest, TheOldestEndWhenThereAreTooMany) {
  const std::string first = issue("@aiko:example.org");
  std::string last;
  for (std::size_t i = 0; i < Tickets::kTicketsMax; ++i) last = issue("@bao:example.org");
  EXPECT_FALSE(tickets.find(first));
  EXPECT_TRUE(tickets.find(last));
}

}  // namespace
}  // namespace kuramori::viewing
