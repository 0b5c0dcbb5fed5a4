// Requests of sliding sync as clients write them, and as they should not.
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

struct Case {
  std::string_view body;
  std::string_view reason;
};

TEST(SlidingRequests, BadOnesSayWhatIsWrong) {
  const Case cases[] = {
      {R"({"lists":[]})", "M_BAD_JSON"},
      {R"({"lists":{"a":7}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"ranges":[0,9]}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"ranges":[[0]]}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"ranges":[["0",9]]}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"ranges":[[9,0]]}}})", "M_INVALID_PARAM"},
      {R"({"lists":{"a":{"ranges":[[-1,0]]}}})", "M_INVALID_PARAM"},
      {R"({"lists":{"a":{"timeline_limit":-1}}})", "M_INVALID_PARAM"},
      {R"({"lists":{"a":{"timeline_limit":"10"}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"required_state":7}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"required_state":[["m.room.name"]]}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"required_state":{"include":[7]}}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"filters":{"is_dm":"yes"}}}})", "M_BAD_JSON"},
      {R"({"lists":{"a":{"filters":{"room_types":[7]}}}})", "M_BAD_JSON"},
      {R"({"room_subscriptions":{"nonsense":{}}})", "M_INVALID_PARAM"},
      {R"({"room_subscriptions":{"!a:example.org":7}})", "M_BAD_JSON"},
      {R"({"extensions":7})", "M_BAD_JSON"},
      {R"({"extensions":{"typing":{"enabled":1}}})", "M_BAD_JSON"},
      {R"({"extensions":{"to_device":{"enabled":true,"since":"x"}}})", "M_INVALID_PARAM"},
      {R"({"extensions":{"to_device":{"enabled":true,"limit":0}}})", "M_INVALID_PARAM"},
      {R"({"timeout":-1})", "M_INVALID_PARAM"},
      {R"({"set_presence":"up"})", "M_INVALID_PARAM"},
      {R"({"conn_id":7})", "M_BAD_JSON"},
  };
  for (const Case& one : cases) {
    const auto request = parse_sliding_request(parse(one.body), user("alice"));
    ASSERT_FALSE(request) << one.body;
    EXPECT_EQ(request.error().reason(), one.reason) << one.body;
  }
}

TEST(SlidingRequests, BoundsHold) {
  json::Object lists;
  for (std::size_t i = 0; i <= SlidingRequest::kListsMax; ++i) lists[std::to_string(i)] = json::Object();
  EXPECT_FALSE(parse_sliding_request({{"lists", lists}}, user("alice")));
  json::Object rooms;
  for (std::size_t i = 0; i <= SlidingRequest::kSubscriptionsMax; ++i)
    rooms["!" + std::to_string(i) + ":example.org"] = json::Object();
  EXPECT_FALSE(parse_sliding_request({{"room_subscriptions", rooms}}, user("alice")));
  EXPECT_FALSE(parse_sliding_request({{"conn_id", std::string(256, 'x')}}, user("alice")));
  const auto long_timeline =
      parse_sliding_request(parse(R"({"lists":{"a":{"timeline_limit":100000}}})"), user("alice"));
  ASSERT_TRUE(long_timeline);
  EXPECT_EQ(long_timeline->lists.at("a").room.timeline_limit, SlidingRequest::kTimelineLimitMax);
}

// As matrix-rust-sdk writes them for Element X: the list of rooms, and the connection for keys.
TEST(SlidingRequests, OfElementX) {
  const auto rooms = parse_sliding_request(parse(R"({
    "conn_id":"room-list","txn_id":"a1b2",
    "lists":{"all_rooms":{"ranges":[[0,19]],"timeline_limit":1,"required_state":[
      ["m.room.name",""],["m.room.encryption",""],["m.room.member","$LAZY"],["m.room.member","$ME"],
      ["m.room.topic",""],["m.room.canonical_alias",""],["m.room.power_levels",""],["m.call.member","*"]],
      "filters":{"not_room_types":["m.space"]}}},
    "extensions":{"account_data":{"enabled":true},"receipts":{"enabled":true,"rooms":["*"]},
                  "typing":{"enabled":true},"io.element.msc4308.thread_subscriptions":{"enabled":true,"limit":10}}})"),
                                           user("alice"));
  ASSERT_TRUE(rooms) << rooms.error().to_log();
  EXPECT_EQ(rooms->connection, "room-list");
  const SlidingList& list = rooms->lists.at("all_rooms");
  EXPECT_TRUE(list.room.required_state->lazy_members);
  EXPECT_TRUE(list.room.required_state->matches("m.room.member", "@alice:example.org"));
  EXPECT_FALSE(list.room.required_state->matches("m.room.member", "@bob:example.org"));
  EXPECT_TRUE(list.room.required_state->matches("m.call.member", "anything"));
  EXPECT_FALSE(rooms->extensions.receipts.rooms) << "a wildcard asks for all";
  const auto keys = parse_sliding_request(parse(R"({"conn_id":"encryption","lists":{},
                "extensions":{"e2ee":{"enabled":true},"to_device":{"enabled":true,"since":"s12"}}})"),
                                          user("alice"));
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->extensions.e2ee);
  EXPECT_EQ(keys->extensions.to_device.since, StreamPosition{12});
}

TEST(SlidingRequests, TheFingerprintFollowsWhatIsAskedOfRooms) {
  const auto of = [](std::string_view body) {
    return parse_sliding_request(parse(body), user("alice"))->fingerprint;
  };
  EXPECT_EQ(of(R"({"lists":{"a":{"ranges":[[0,1]]}},"txn_id":"1"})"),
            of(R"({"lists":{"a":{"ranges":[[0,1]]}},"txn_id":"2"})"));
  EXPECT_NE(of(R"({"lists":{"a":{"ranges":[[0,1]]}}})"), of(R"({"lists":{"a":{"ranges":[[0,2]]}}})"));
  EXPECT_NE(of(R"({"extensions":{"typing":{"enabled":true}}})"), of("{}"));
  EXPECT_EQ(of(R"({"extensions":{"to_device":{"enabled":true,"since":"s1"}}})"),
            of(R"({"extensions":{"to_device":{"enabled":true,"since":"s2"}}})"));
}

}  // namespace
}  // namespace kuramori::sync::testing
