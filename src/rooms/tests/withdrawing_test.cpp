#include "rooms/withdrawing.hpp"

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

class WithdrawingTest : public RoomsTest {
 protected:
  Result<Withdrawn> take_back(const RoomId& room, const EventId& event) {
    return run(withdraw(rooms(), permit(gate::Subject::system(), gate::Operation::RoomRedact),
                        {.room = room, .event = event, .content = {{"reason", "dangerous link"}}}));
  }
};

TEST_F(WithdrawingTest, TheServerTakesBackWhatSomebodySent) {
  const RoomId room = make_room(alice);
  const auto event = send(alice, room, "https://evil.example/");
  ASSERT_TRUE(event);
  EXPECT_EQ(*take_back(room, *event), Withdrawn::Now);
  EXPECT_EQ(bodies(alice, room), std::vector<std::string>{""});
  EXPECT_EQ(*take_back(room, *event), Withdrawn::Before);
}

TEST_F(WithdrawingTest, WhenTheAuthorLeftSomebodyWithTheLevelStandsIn) {
  const UserId bob = user("bob");
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  const auto event = send(bob, room, "https://evil.example/");
  ASSERT_TRUE(event);
  ASSERT_TRUE(leave(bob, room));
  EXPECT_EQ(*take_back(room, *event), Withdrawn::Now);
  EXPECT_EQ(bodies(alice, room), std::vector<std::string>{""});
}

TEST_F(WithdrawingTest, OnlyTheServerItselfMay) {
  const RoomId room = make_room(alice);
  const auto event = send(alice, room, "hello");
  const auto refused =
      run(withdraw(rooms(), permit(alice, gate::Operation::RoomRedact), {.room = room, .event = *event}));
  EXPECT_FALSE(refused);
  EXPECT_FALSE(take_back(room, EventId("$unknown")));
  EXPECT_EQ(bodies(alice, room), std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace kuramori::rooms::testing
