// Sticky events in sliding sync (MSC4480).
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kName = "org.matrix.msc4354.sticky_events";

class SlidingSticky : public SlidingTest {
 protected:
  SlidingSticky() {
    room = public_room(alice);
    EXPECT_TRUE(join(bob, room));
  }
  EventId stick(const RoomId& where, std::string_view body, Milliseconds time = std::chrono::minutes(5)) {
    auto sent = run(
        rooms().send(permit(alice, gate::Operation::RoomSend), {.room = where,
                                                                .type = "m.room.message",
                                                                .content = rooms::testing::text_message(body),
                                                                .transaction = {},
                                                                .sticky = time}));
    EXPECT_TRUE(sent) << sent.error().to_log();
    return *sent;
  }
  // A window of one room, so that others change outside of it.
  Slider watching(std::size_t limit = 100) {
    return slider(bob, R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":1}},"extensions":{")" +
                           std::string(kName) + R"(":{"enabled":true,"limit":)" + std::to_string(limit) +
                           "}}}");
  }
  // As clients do: what came is persisted, and the next request says so.
  json::Object go_on(Slider& slider) {
    json::Object response = slide(slider);
    const std::string next = text_of(response, {"extensions", kName, "next_batch"});
    EXPECT_FALSE(next.empty());
    if (!next.empty()) slider.body["extensions"].as_object()[kName].as_object()["since"] = next;
    return response;
  }
  static Strings told(const json::Object& response, const RoomId& of) {
    Strings bodies;
    const json::Value* events = at(response, {"extensions", kName, "rooms", of.view(), "events"});
    if (events == nullptr) return bodies;
    for (const json::Value& event : events->get_array()) {
      EXPECT_TRUE(event.as_object().at("unsigned").as_object().contains("msc4354_sticky_duration_ttl_ms"));
      bodies.emplace_back(json::string_or(event.as_object().at("content").as_object(), "body", ""));
    }
    return bodies;
  }

  RoomId room;
};

TEST_F(SlidingSticky, OfRoomsBeyondTheWindowAndOnce) {
  const RoomId other = public_room(alice);
  ASSERT_TRUE(join(bob, other));
  stick(room, "still here");
  ASSERT_TRUE(send(alice, other, "newest"));
  Slider phone = watching();
  const json::Object first = go_on(phone);
  EXPECT_EQ(room_of(first, room), nullptr) << "outside of the window";
  EXPECT_EQ(told(first, room), Strings{"still here"});
  EXPECT_EQ(told(go_on(phone), room), Strings{});
  stick(room, "another");
  ASSERT_TRUE(send(alice, other, "newest again"));
  EXPECT_EQ(told(go_on(phone), room), Strings{"another"});
}

TEST_F(SlidingSticky, NotWhatTheTimelineShowsNorWhatIsOver) {
  stick(room, "short", std::chrono::seconds(1));
  stick(room, "long");
  stick(room, "in the timeline");
  clock.advance(std::chrono::seconds(2));
  Slider phone = watching();
  const json::Object first = go_on(phone);
  EXPECT_EQ(timeline(first, room).size(), 1U);
  EXPECT_EQ(told(first, room), Strings{"long"});
  EXPECT_EQ(told(go_on(phone), room), Strings{});
}

TEST_F(SlidingSticky, TheRestComesAtOnceWhenThereAreTooMany) {
  for (int i = 0; i < 5; ++i) stick(room, std::to_string(i));
  ASSERT_TRUE(send(alice, room, "newest"));
  Slider phone = watching(2);
  EXPECT_EQ(told(go_on(phone), room), (Strings{"0", "1"}));
  // It does not wait, although nothing is new.
  const auto parked = park_slider(phone);
  ASSERT_TRUE(parked->answer);
  EXPECT_EQ(told(go_on(phone), room), (Strings{"2", "3"}));
  EXPECT_EQ(told(go_on(phone), room), Strings{"4"});
  const auto idle = park_slider(phone);
  EXPECT_FALSE(idle->answer);
  stick(room, "news");
  executor.run_until_idle();
  EXPECT_TRUE(idle->answer);
}

TEST_F(SlidingSticky, WhoComesIntoARoomHearsOfAll) {
  const RoomId other = public_room(alice);
  stick(other, "from before");
  ASSERT_TRUE(send(alice, other, "newest"));
  Slider phone = watching(1);
  EXPECT_EQ(told(go_on(phone), other), Strings{}) << "not in the room";
  stick(other, "before, too");
  ASSERT_TRUE(join(bob, other));
  ASSERT_TRUE(send(alice, room, "newer"));
  EXPECT_EQ(told(go_on(phone), other), (Strings{"from before", "before, too"}));
  EXPECT_EQ(told(go_on(phone), other), Strings{});
}

TEST_F(SlidingSticky, NotOfRoomsThatNoListIsAbout) {
  stick(room, "unwanted");
  ASSERT_TRUE(send(alice, room, "newest"));
  Slider phone = watching();
  phone.body["lists"].as_object()["all"].as_object()["filters"] = {{"is_invite", true}};
  EXPECT_EQ(told(go_on(phone), room), Strings{});
}

TEST_F(SlidingSticky, BadRequestsAreRefused) {
  for (const char* text : {R"({"enabled":1})", R"({"enabled":true,"limit":0})",
                           R"({"enabled":true,"since":"no token"})", R"([])"}) {
    const json::Object body{{"extensions", json::Object{{"sticky_events", *json::parse(text)}}}};
    EXPECT_FALSE(parse_sliding_request(body, alice)) << text;
  }
  const json::Object off{{"extensions", json::Object{{kName, json::Object{{"enabled", false}}}}}};
  EXPECT_FALSE(parse_sliding_request(off, alice)->extensions.sticky.enabled());
}

}  // namespace
}  // namespace kuramori::sync::testing
