// What is not kept: the queue, and what a service is told.
#include "appservices/ephemeral.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace kuramori::appservices {
namespace {

const RoomId kRoom("!room:example.org");
const RoomId kOther("!other:example.org");
const UserId kAiko("@aiko:example.org");
const UserId kWing("@wing:example.org");

Notice typing(std::int64_t position, const RoomId& room, std::vector<UserId> users) {
  return {.position = {position}, .what = TypingNotice{.room = room, .users = std::move(users)}};
}
Notice receipt(std::int64_t position, const UserId& user, std::string event, std::string thread = "",
               std::string type = "m.read", const RoomId& room = kRoom) {
  return {.position = {position},
          .what = ReceiptNotice{.room = room,
                                .user = user,
                                .event = EventId(std::move(event)),
                                .type = std::move(type),
                                .thread = std::move(thread),
                                .ts = 1'000 + position}};
}
Notice presence(std::int64_t position, const UserId& user) {
  return {.position = {position}, .what = PresenceNotice{.user = user}};
}

std::vector<std::int64_t> positions(const std::vector<Notice>& notices) {
  std::vector<std::int64_t> found;
  for (const Notice& notice : notices) found.push_back(notice.position.value);
  return found;
}
using Positions = std::vector<std::int64_t>;

TEST(NoticeQueue, OfWhatSupersedesItselfTheNewestWaits) {
  NoticeQueue queue(100);
  queue.add(typing(1, kRoom, {kAiko}));
  queue.add(typing(2, kOther, {kAiko}));
  queue.add(receipt(3, kAiko, "$a"));
  queue.add(receipt(4, kAiko, "$a", "main"));
  queue.add(receipt(5, kAiko, "$a", "", "m.read.private"));
  queue.add(receipt(6, kWing, "$a"));
  queue.add(presence(7, kAiko));
  queue.add(typing(8, kRoom, {}));
  queue.add(receipt(9, kAiko, "$b"));
  queue.add(presence(10, kAiko));
  queue.add(presence(10, kAiko));
  EXPECT_EQ(positions(queue.take({100}, 100)), (Positions{2, 4, 5, 6, 8, 9, 10}));
  EXPECT_FALSE(queue.has({100}));
}

TEST(NoticeQueue, NothingIsTakenTwiceOrBeforeItsTime) {
  NoticeQueue queue(100);
  for (std::int64_t i = 1; i <= 6; ++i) queue.add(receipt(i, kAiko, "$a", "$thread" + std::to_string(i)));
  EXPECT_FALSE(queue.has({0}));
  EXPECT_EQ(positions(queue.take({3}, 2)), (Positions{1, 2}));
  EXPECT_EQ(positions(queue.take({3}, 2)), (Positions{3}));
  EXPECT_EQ(positions(queue.take({3}, 2)), Positions{});
  EXPECT_TRUE(queue.has({4}));
  EXPECT_EQ(positions(queue.take({9}, 9)), (Positions{4, 5, 6}));
}

TEST(NoticeQueue, TheOldestGoesWhenItIsFull) {
  NoticeQueue queue(2);
  EXPECT_TRUE(queue.add(typing(1, kRoom, {kAiko})));
  EXPECT_TRUE(queue.add(presence(2, kAiko)));
  EXPECT_TRUE(queue.add(typing(3, kRoom, {})));
  EXPECT_FALSE(queue.add(presence(4, kWing)));
  EXPECT_EQ(positions(queue.take({9}, 9)), (Positions{3, 4}));
  EXPECT_TRUE(queue.add(presence(5, kAiko)));
  EXPECT_EQ(positions(queue.take({9}, 9)), (Positions{5}));
}

TEST(RenderNotices, AsTheSpecificationHasThem) {
  const auto online = [](const UserId& user) -> std::optional<std::string> {
    if (user == kWing) return std::nullopt;
    return R"({"type":"m.presence"})";
  };
  EXPECT_EQ(render_notices({}, online), "");
  EXPECT_EQ(
      render_notices({typing(1, kRoom, {kAiko, kWing})}, online),
      R"({"type":"m.typing","room_id":"!room:example.org","content":{"user_ids":["@aiko:example.org","@wing:example.org"]}})");
  EXPECT_EQ(render_notices({presence(1, kAiko), presence(2, kWing), typing(3, kRoom, {})}, online),
            R"({"type":"m.presence"},)"
            R"({"type":"m.typing","room_id":"!room:example.org","content":{"user_ids":[]}})");
  EXPECT_EQ(render_notices({presence(1, kAiko)}, {}), "");
  EXPECT_EQ(render_notices(
                {receipt(1, kAiko, "$a"), receipt(2, kWing, "$a"), receipt(3, kWing, "$b", "$root")}, {}),
            R"({"type":"m.receipt","room_id":"!room:example.org","content":{"$a":{"m.read":{)"
            R"("@aiko:example.org":{"ts":1001},"@wing:example.org":{"ts":1002}}},)"
            R"("$b":{"m.read":{"@wing:example.org":{"ts":1003,"thread_id":"$root"}}}}})");
}

TEST(RenderNotices, TwoReceiptsOfOnePersonForOneEventAreBothTold) {
  const std::string text = render_notices({receipt(1, kAiko, "$a"), receipt(2, kAiko, "$a", "main")}, {});
  const auto events = json::parse("[" + text + "]", {});
  ASSERT_TRUE(events) << text;
  EXPECT_EQ(events->as_array().size(), 2U) << text;
  EXPECT_NE(text.find("\"thread_id\":\"main\""), std::string::npos);
}

}  // namespace
}  // namespace kuramori::appservices
