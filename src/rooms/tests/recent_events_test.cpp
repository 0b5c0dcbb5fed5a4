#include "rooms/recent_events.hpp"

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

class RecentEventsTest : public RoomsTest {
 protected:
  RecentEventsTest() { store.add_listener(recent); }
  // The texts of what is held; nothing when it is not all there.
  std::optional<std::vector<std::string>> texts(StreamPosition after, StreamPosition until,
                                                std::size_t limit = 100) {
    const auto events = recent.between(after, until, limit);
    if (!events) return std::nullopt;
    std::vector<std::string> found;
    for (const auto& event : *events) found.push_back(body_of(event->event));
    return found;
  }
  const RoomId room = make_room(alice);  // before anything is told
  RecentEvents recent{3};
};

using Held = std::optional<std::vector<std::string>>;

TEST_F(RecentEventsTest, WhatWasToldIsThereInItsOrder) {
  EXPECT_FALSE(recent.between({}, {}, 100)) << "nothing was told, so nothing is known to be all";
  const StreamPosition before = store.last_position();
  ASSERT_TRUE(send(alice, room, "one"));
  const StreamPosition first = store.last_position();
  ASSERT_TRUE(send(alice, room, "two"));
  EXPECT_EQ(recent.newest(), store.last_position());
  EXPECT_EQ(texts(before, recent.newest()), (Held{{"one", "two"}}));
  EXPECT_EQ(texts(before, recent.newest(), 1), (Held{{"one"}}));
  EXPECT_EQ(texts(before, first), (Held{{"one"}}));
  EXPECT_EQ(texts(first, recent.newest()), (Held{{"two"}}));
  EXPECT_EQ(texts(recent.newest(), recent.newest()), (Held{{}}));
}

TEST_F(RecentEventsTest, WhatIsMissingIsSaid) {
  const StreamPosition before = store.last_position();
  for (const char* text : {"one", "two", "three"}) ASSERT_TRUE(send(alice, room, text));
  const StreamPosition newest = recent.newest();
  EXPECT_FALSE(texts({before.value - 1}, newest)) << "an event before the first that was told";
  EXPECT_FALSE(texts(before, {newest.value + 1})) << "what was not told yet";
  EXPECT_EQ(texts(before, newest), (Held{{"one", "two", "three"}}));
  ASSERT_TRUE(send(alice, room, "four"));
  EXPECT_FALSE(texts(before, newest)) << "the oldest made room";
  EXPECT_EQ(texts({before.value + 1}, recent.newest()), (Held{{"two", "three", "four"}}));
}

TEST_F(RecentEventsTest, OtherChangesMoveTheStreamAlone) {
  ASSERT_TRUE(send(alice, room, "one"));
  const StreamPosition after_one = recent.newest();
  storage::UnitOfWork work;
  work.publish(work.next(storage::Sequence::Stream), std::make_shared<RoomForgotten>());
  auto committing = [](storage::CommitTicket ticket) -> runtime::Task<bool> {
    auto receipt = co_await ticket;
    co_return receipt.has_value();
  };
  ASSERT_TRUE(run(committing(store.submit(std::move(work)))));
  EXPECT_GT(recent.newest(), after_one);
  EXPECT_EQ(texts(after_one, recent.newest()), (Held{{}}));
}

TEST_F(RecentEventsTest, ItHasTheFormThatTheStoreGives) {
  const auto sent = send(alice, room, "one");
  ASSERT_TRUE(sent);
  const auto events = recent.between({recent.newest().value - 1}, recent.newest(), 1);
  ASSERT_TRUE(events && events->size() == 1);
  const StoredEvent form = stored_form(*events->front());
  EXPECT_EQ(form.event->id(), *sent);
  EXPECT_EQ(form.position, recent.newest());
  EXPECT_FALSE(form.redacted_by);
}

}  // namespace
}  // namespace kuramori::rooms::testing
