// What is found, by whom, after what.
#include "search_fixture.hpp"

namespace kuramori::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(SearchTest, FindsWordsInAllScripts) {
  const RoomId room = make_room(alice);
  for (const char* text :
       {"The quarterly Budget review", "我们明天开会", "請確認合約", "サーバーを再起動します", "budgets"}) {
    ASSERT_TRUE(send(alice, room, text));
  }
  EXPECT_THAT(find(alice, "budget"), ElementsAre("budgets", "The quarterly Budget review"));
  EXPECT_THAT(find(alice, "review BUDGET"), ElementsAre("The quarterly Budget review"));
  EXPECT_THAT(find(alice, "开会"), ElementsAre("我们明天开会"));
  EXPECT_THAT(find(alice, "約"), ElementsAre("請確認合約"));
  EXPECT_THAT(find(alice, "再起動"), ElementsAre("サーバーを再起動します"));
  EXPECT_THAT(find(alice, "ｻｰﾊﾞｰ"), ElementsAre("サーバーを再起動します"));
  EXPECT_THAT(find(alice, "会议"), IsEmpty());
  EXPECT_THAT(find(alice, "!!"), IsEmpty());
}

TEST_F(SearchTest, FindsNamesAndTopicsByKey) {
  rooms::CreateRoom request;
  request.name = "Harbour project";
  request.topic = "harbour cranes";
  const RoomId room = make_room(alice, request);
  ASSERT_TRUE(send(alice, room, "the harbour is open"));
  EXPECT_THAT(find(alice, "harbour"),
              UnorderedElementsAre("Harbour project", "harbour cranes", "the harbour is open"));
  EXPECT_THAT(find(alice, "harbour", R"(,"keys":["content.name"])"), ElementsAre("Harbour project"));
  EXPECT_THAT(find(alice, "harbour", R"(,"keys":["content.topic"])"), ElementsAre("harbour cranes"));
  EXPECT_THAT(find(alice, "harbour", R"(,"keys":["content.body"])"), ElementsAre("the harbour is open"));
  EXPECT_THAT(find(alice, "harbour", R"(,"filter":{"types":["m.room.n*"]})"), ElementsAre("Harbour project"));
}

TEST_F(SearchTest, TheNewestContentIsFound) {
  const RoomId room = make_room(alice);
  const EventId event = *send(alice, room, "lunch at noon");
  EXPECT_THAT(find(alice, "noon"), ElementsAre("lunch at noon"));
  const EventId first = edit(alice, room, event, "lunch at one");
  EXPECT_THAT(find(alice, "noon"), IsEmpty());
  // The event that was edited, whose newest content is bundled with it.
  const auto found = search(alice, R"({"search_term":"one"})");
  ASSERT_EQ(found->results.size(), 1U);
  EXPECT_EQ(found->results[0].event->event->id(), event);
  EXPECT_NE(found->results[0].personal.find("lunch at one"), std::string::npos);
  const EventId second = edit(alice, room, event, "lunch at two");
  EXPECT_THAT(find(alice, "one"), IsEmpty());
  EXPECT_THAT(find(alice, "two"), ElementsAre("lunch at noon"));
  ASSERT_TRUE(redact(alice, room, second));
  EXPECT_THAT(find(alice, "two"), IsEmpty());
  EXPECT_THAT(find(alice, "one"), ElementsAre("lunch at noon"));
  ASSERT_TRUE(redact(alice, room, first));
  EXPECT_THAT(find(alice, "noon"), ElementsAre("lunch at noon"));
  ASSERT_TRUE(redact(alice, room, event));
  EXPECT_THAT(find(alice, "lunch"), IsEmpty());
}

TEST_F(SearchTest, RedactedContentIsNeverFound) {
  const RoomId room = make_room(alice);
  const EventId event = *send(alice, room, "the password is swordfish");
  EXPECT_THAT(find(alice, "swordfish"), ElementsAre("the password is swordfish"));
  ASSERT_TRUE(redact(alice, room, event));
  // Before the indexer has heard of it, too.
  EXPECT_THAT(search(alice, R"({"search_term":"swordfish"})")->results, IsEmpty());
  EXPECT_THAT(find(alice, "swordfish"), IsEmpty());
  EXPECT_EQ(search(alice, R"({"search_term":"swordfish"})")->count, 0);
}

TEST_F(SearchTest, OthersEditsCountForNothing) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  const EventId event = *send(alice, room, "yes");
  edit(bob, room, event, "forged");
  EXPECT_THAT(find(alice, "forged"), IsEmpty());
  EXPECT_THAT(find(alice, "yes"), ElementsAre("yes"));
}

TEST_F(SearchTest, WhoWasNotThereFindsNothing) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(set_state(alice, room, "m.room.history_visibility", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(send(alice, room, "early secret"));
  EXPECT_THAT(find(bob, "secret"), IsEmpty());
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(send(alice, room, "shared secret"));
  EXPECT_THAT(find(bob, "secret"), ElementsAre("shared secret"));
  ASSERT_TRUE(leave(bob, room));
  ASSERT_TRUE(send(alice, room, "late secret"));
  EXPECT_THAT(find(bob, "secret"), ElementsAre("shared secret"));
  EXPECT_EQ(search(bob, R"({"search_term":"secret"})")->count, 1);
  EXPECT_THAT(find(alice, "secret"), ElementsAre("late secret", "shared secret", "early secret"));
  ASSERT_TRUE(forget(bob, room));
  EXPECT_THAT(find(bob, "secret"), IsEmpty());
}

TEST_F(SearchTest, EditsThatAReaderDoesNotSeeAreNotFound) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  const EventId event = *send(alice, room, "draft");
  ASSERT_TRUE(leave(bob, room));
  edit(alice, room, event, "classified");
  EXPECT_THAT(find(bob, "classified"), IsEmpty());
  EXPECT_THAT(find(alice, "classified"), ElementsAre("draft"));
}

TEST_F(SearchTest, PagesMeetAndEnd) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 25; ++i)
    ASSERT_TRUE(
        send(alice, room,
             "page " + std::string(static_cast<std::size_t>(i % 3) * 40, 'a') + " " + std::to_string(i)));
  catch_up();
  for (const char* order : {"rank", "recent"}) {
    std::vector<EventId> all;
    std::optional<std::string> next;
    for (int page = 0; page < 10; ++page) {
      const auto found = search(
          alice, R"({"search_term":"page","filter":{"limit":4},"order_by":")" + std::string(order) + "\"}",
          next);
      ASSERT_TRUE(found) << found.error().to_log();
      EXPECT_EQ(found->count, 25);
      for (const FoundEvent& result : found->results) all.push_back(result.event->event->id());
      if (!found->next) break;
      next = render_cursor(*found->next);
    }
    EXPECT_EQ(all.size(), 25U) << order;
    EXPECT_EQ(std::set<EventId>(all.begin(), all.end()).size(), 25U) << order;
  }
}

TEST_F(SearchTest, RanksShortAndExactFirst) {
  const RoomId room = make_room(alice);
  std::string filler;
  for (int i = 0; i < 80; ++i) filler += " word" + std::to_string(i);
  ASSERT_TRUE(send(alice, room, "tea"));
  ASSERT_TRUE(send(alice, room, "teapots"));
  ASSERT_TRUE(send(alice, room, "tea" + filler));
  catch_up();
  const auto found = search(alice, R"({"search_term":"tea"})");
  ASSERT_EQ(found->results.size(), 3U);
  EXPECT_EQ(rooms::testing::body_of(found->results[0].event), "tea");
  EXPECT_EQ(rooms::testing::body_of(found->results[1].event), "teapots");
  EXPECT_GT(found->results[0].rank, found->results[2].rank);
  EXPECT_THAT(found->highlights, ElementsAre("tea", "teapots"));
}

TEST_F(SearchTest, GroupsGoOnByThemselves) {
  const RoomId one = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId two = make_room(alice);
  ASSERT_TRUE(join(bob, one));
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(send(alice, one, "plan one " + std::to_string(i)));
    ASSERT_TRUE(send(bob, one, "plan bob " + std::to_string(i)));
    ASSERT_TRUE(send(alice, two, "plan two " + std::to_string(i)));
  }
  catch_up();
  const std::string criteria =
      R"({"search_term":"plan","order_by":"recent","filter":{"limit":6},"groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]}})";
  const auto found = search(alice, criteria);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->rooms.size(), 2U);
  ASSERT_EQ(found->senders.size(), 2U);
  const FoundGroup& of_two = found->rooms.at(two.str());
  EXPECT_EQ(of_two.results.size(), 2U);
  EXPECT_EQ(of_two.order, 1);
  ASSERT_TRUE(of_two.next);
  const auto more = search(alice, criteria, render_cursor(*of_two.next));
  ASSERT_EQ(more->results.size(), 4U);
  for (const FoundEvent& result : more->results) EXPECT_EQ(result.event->event->room(), two);
  EXPECT_FALSE(more->next);
  EXPECT_FALSE(more->rooms.at(two.str()).next);
  const FoundGroup& of_bob = found->senders.at(bob.str());
  ASSERT_TRUE(of_bob.next);
  const auto bobs = search(alice, criteria, render_cursor(*of_bob.next));
  EXPECT_EQ(bobs->results.size(), 6U - of_bob.results.size());
  for (const FoundEvent& result : bobs->results) EXPECT_EQ(result.event->sender, bob);
}

TEST_F(SearchTest, NoPageThatIsPromisedIsEmpty) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId other = make_room(alice);
  ASSERT_TRUE(join(bob, room));
  std::vector<EventId> old;
  for (int i = 0; i < 3; ++i) old.push_back(*send(bob, room, "plan from long ago " + std::to_string(i)));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(send(alice, other, "plan elsewhere " + std::to_string(i)));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(send(bob, room, "plan of bob " + std::to_string(i)));
  catch_up();
  // Not taken out of the index yet.
  for (const EventId& event : old) ASSERT_TRUE(redact(bob, room, event));
  const auto criteria = [](int limit) {
    return R"({"search_term":"plan","order_by":"recent","filter":{"limit":)" + std::to_string(limit) +
           R"(},"groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]}})";
  };
  const auto page = search(alice, criteria(3));
  ASSERT_EQ(page->results.size(), 3U);
  EXPECT_EQ(page->count, 4);
  EXPECT_FALSE(page->rooms.at(room.str()).next);
  EXPECT_FALSE(page->senders.at(bob.str()).next);
  ASSERT_TRUE(page->rooms.at(other.str()).next);
  ASSERT_TRUE(page->senders.at(alice.str()).next);
  ASSERT_TRUE(page->next);
  const auto last = search(alice, criteria(3), render_cursor(*page->next));
  EXPECT_EQ(last->results.size(), 1U);
  EXPECT_EQ(last->count, 4);
  EXPECT_FALSE(last->next);
  EXPECT_EQ(search(alice, criteria(3), render_cursor(*page->rooms.at(other.str()).next))->results.size(), 1U);
  const auto whole = search(alice, criteria(4));
  EXPECT_EQ(whole->results.size(), 4U);
  EXPECT_FALSE(whole->next);
}

TEST_F(SearchTest, FiltersRoomsAndSenders) {
  const RoomId one = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId two = make_room(alice);
  ASSERT_TRUE(join(bob, one));
  ASSERT_TRUE(send(alice, one, "note a"));
  ASSERT_TRUE(send(bob, one, "note b"));
  ASSERT_TRUE(send(alice, two, "note c"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"rooms":[")" + two.str() + "\"]}"), ElementsAre("note c"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"not_rooms":[")" + two.str() + "\"]}"),
              ElementsAre("note b", "note a"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"senders":["@bob:example.org"]})"), ElementsAre("note b"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"not_senders":["@bob:example.org"]})"),
              ElementsAre("note c", "note a"));
  EXPECT_THAT(find(alice, "note", R"(,"filter":{"contains_url":true})"), IsEmpty());
}

TEST_F(SearchTest, GivesContextAndState) {
  const RoomId room = make_room(alice);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(send(alice, room, i == 4 ? "needle" : "hay " + std::to_string(i)));
  catch_up();
  const auto found = search(
      alice,
      R"({"search_term":"needle","include_state":true,"event_context":{"before_limit":2,"after_limit":3,"include_profile":true}})");
  ASSERT_EQ(found->results.size(), 1U);
  const FoundContext& context = *found->results[0].context;
  ASSERT_EQ(context.before.size(), 2U);
  ASSERT_EQ(context.after.size(), 3U);
  EXPECT_EQ(rooms::testing::body_of(context.before[0].event), "hay 3");
  EXPECT_EQ(rooms::testing::body_of(context.after[0].event), "hay 5");
  EXPECT_TRUE(context.profiles.contains(alice));
  EXPECT_EQ(found->state.at(room).size(), state(room)->size());
}

}  // namespace
}  // namespace kuramori::search
