#include "rooms/sticky_events.hpp"

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

class StickyEventsTest : public RoomsTest {
 protected:
  Result<EventId> stick(const UserId& who, std::string_view body, std::int64_t duration_ms) {
    SendEvent request{.room = room,
                      .type = "m.rtc.member",
                      .content = text_message(body),
                      .sticky = Milliseconds(duration_ms)};
    return run(rooms().send(permit(who, gate::Operation::RoomSend), std::move(request)));
  }
  std::vector<std::string> sticking(StreamPosition after = {}) {
    std::vector<std::string> found;
    for (const RoomEventPtr& event : rooms().sticky(room, after, rooms().last_position())) {
      found.push_back(body_of(event));
    }
    return found;
  }
  const RoomId room = make_room(alice);
};

using Texts = std::vector<std::string>;

TEST_F(StickyEventsTest, AnEventSticksForItsTime) {
  ASSERT_TRUE(stick(alice, "long", 60'000));
  const StreamPosition between = rooms().last_position();
  ASSERT_TRUE(stick(alice, "short", 10'000));
  ASSERT_TRUE(send(alice, room, "ordinary"));
  EXPECT_EQ(sticking(), (Texts{"long", "short"}));
  EXPECT_EQ(sticking(between), Texts{"short"});
  clock.advance(Milliseconds(10'000));
  EXPECT_EQ(sticking(), Texts{"long"});
  clock.advance(Milliseconds(50'000));
  EXPECT_EQ(sticking(), Texts{});
}

TEST_F(StickyEventsTest, ItSurvivesARestart) {
  ASSERT_TRUE(stick(alice, "long", 60'000));
  ASSERT_TRUE(stick(alice, "short", 10'000));
  clock.advance(Milliseconds(20'000));
  start();
  EXPECT_EQ(sticking(), Texts{"long"});
  const auto event = rooms().sticky(room, {}, rooms().last_position()).front();
  EXPECT_TRUE(event->rendered.contains(R"("msc4354_sticky":{"duration_ms":60000})")) << event->rendered;
  EXPECT_EQ(event->sticky_ends_ms - clock.now_ms(), 40'000);
}

TEST_F(StickyEventsTest, RowsOfThePastGo) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(stick(alice, "x", 1'000));
  clock.advance(Milliseconds(2'000));
  ASSERT_TRUE(stick(alice, "y", 1'000));
  auto query = [](storage::Snapshot& snapshot) { return snapshot.count({.table = &kStickyEvents}); };
  EXPECT_EQ(*store.read_blocking(std::move(query)), 1);
}

TEST_F(StickyEventsTest, ARedactedEventDoesNotStick) {
  const EventId event = *stick(alice, "gone", 60'000);
  ASSERT_TRUE(redact(alice, room, event));
  EXPECT_EQ(sticking(), Texts{});
  start();
  EXPECT_EQ(sticking(), Texts{});
}

TEST_F(StickyEventsTest, AnHourIsTheMost) {
  EXPECT_EQ(stick(alice, "x", 3'600'001).error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(stick(alice, "x", -1).error().code(), ErrorCode::InvalidArgument);
  EXPECT_TRUE(stick(alice, "x", 3'600'000));
}

}  // namespace
}  // namespace kuramori::rooms::testing
