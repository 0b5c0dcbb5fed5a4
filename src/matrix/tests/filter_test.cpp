#include "matrix/filter.hpp"

#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::object;

Filter parsed(const char* text) {
  Result<Filter> filter = parse_filter(object(text));
  if (!filter) ADD_FAILURE() << filter.error().to_log();
  return filter ? *filter : Filter();
}

TEST(Filter, EmptyFiltersLetEverythingPass) {
  const Filter filter = parsed("{}");
  EXPECT_FALSE(filter.event_fields);
  EXPECT_EQ(filter.event_format, EventFormat::Client);
  EXPECT_TRUE(filter.presence.matches_everything());
  EXPECT_TRUE(filter.timeline.matches("any", "@one:one"));
  EXPECT_TRUE(filter.timeline.matches_room("!r:one"));
  EXPECT_TRUE(filter.includes_room("!r:one"));
  EXPECT_FALSE(filter.include_leave);
}

TEST(Filter, ReadsEverything) {
  const Filter filter = parsed(R"({"event_fields": ["type"], "event_format": "federation",
      "presence": {"limit": 3}, "account_data": {"types": []},
      "room": {"rooms": ["!a:one"], "not_rooms": ["!b:one"], "include_leave": true,
               "account_data": {"not_types": ["m.tag"]}, "ephemeral": {"senders": ["@a:one"]},
               "state": {"lazy_load_members": true, "include_redundant_members": true},
               "timeline": {"limit": 10, "contains_url": false, "unread_thread_notifications": true}}})");
  EXPECT_EQ(filter.event_format, EventFormat::Federation);
  EXPECT_EQ(filter.presence.limit, 3);
  EXPECT_FALSE(filter.account_data.matches("x", "@a:one"));
  EXPECT_TRUE(filter.includes_room("!a:one"));
  EXPECT_FALSE(filter.includes_room("!c:one"));
  EXPECT_TRUE(filter.include_leave);
  EXPECT_FALSE(filter.room_account_data.matches("m.tag", ""));
  EXPECT_FALSE(filter.ephemeral.matches("x", "@b:one"));
  EXPECT_TRUE(filter.state.lazy_load_members && filter.state.include_redundant_members);
  EXPECT_TRUE(filter.timeline.unread_thread_notifications);
  EXPECT_EQ(filter.timeline.contains_url, false);
}

TEST(Filter, ExclusionWins) {
  const Filter filter = parsed(R"({"room": {"rooms": ["!a:one"], "not_rooms": ["!a:one"], "timeline":
      {"types": ["m.room.*", "m.s*r"], "not_types": ["m.room.member", "*.secret"], "senders": ["@a:one", "@b:one"],
       "not_senders": ["@b:one"], "rooms": ["!a:one"]}}})");
  EXPECT_FALSE(filter.includes_room("!a:one"));
  struct Case {
    const char* type;
    const char* sender;
    bool passes;
  };
  for (const Case& c : {Case{"m.room.message", "@a:one", true},
                        {"m.room.message", "@b:one", false},
                        {"m.room.message", "@c:one", false},
                        {"m.room.member", "@a:one", false},
                        {"m.room.secret", "@a:one", false},
                        {"m.room", "@a:one", false},
                        {"m.sticker", "@a:one", true},
                        {"m.sr", "@a:one", true},
                        {"m.s", "@a:one", false},
                        {"M.room.message", "@a:one", false}}) {
    EXPECT_EQ(filter.timeline.matches(c.type, c.sender), c.passes) << c.type << " " << c.sender;
  }
  EXPECT_TRUE(filter.timeline.matches_room("!a:one"));
  EXPECT_FALSE(filter.timeline.matches_room("!b:one"));
}

TEST(Filter, OnlyTheStarIsAWildcard) {
  const Filter filter =
      parsed(R"({"account_data": {"types": ["a?c", "x*y*z", "*"], "not_types": ["q**r", "m.*.n"]}})");
  EXPECT_FALSE(filter.account_data.matches("qr", ""));
  EXPECT_FALSE(filter.account_data.matches("q--r", ""));
  EXPECT_FALSE(filter.account_data.matches("m..n", ""));
  EXPECT_TRUE(filter.account_data.matches("m.n", ""));
  const Filter literal = parsed(R"({"account_data": {"types": ["a?c", "x*y*z"]}})");
  EXPECT_FALSE(literal.account_data.matches("abc", ""));
  EXPECT_TRUE(literal.account_data.matches("a?c", ""));
  EXPECT_TRUE(literal.account_data.matches("xyyz", ""));
  EXPECT_FALSE(literal.account_data.matches("xzy", ""));
}

TEST(Filter, ContainsUrl) {
  const EventPtr with = testing::event(
      R"({"type": "X", "sender": "@a:one", "room_id": "!r:one", "content": {"url": "mxc://a/b"}})");
  const EventPtr without =
      testing::event(R"({"type": "X", "sender": "@a:one", "room_id": "!r:one", "content": {}})");
  const auto filter = [](const char* text) { return *parse_room_event_filter(object(text)); };
  EXPECT_TRUE(filter(R"({"contains_url": true})").matches_event(*with));
  EXPECT_FALSE(filter(R"({"contains_url": true})").matches_event(*without));
  EXPECT_FALSE(filter(R"({"contains_url": false})").matches_event(*with));
  EXPECT_TRUE(filter(R"({"contains_url": false})").matches_event(*without));
  EXPECT_TRUE(filter("{}").matches_event(*with));
  EXPECT_FALSE(filter(R"({"not_types": ["X"]})").matches_event(*with));
  EXPECT_FALSE(filter(R"({"senders": ["@b:one"], "contains_url": true})").matches_event(*with));
}

TEST(Filter, RefusesWhatIsMalformed) {
  for (const char* bad :
       {R"({"presence": "x"})", R"({"room": []})", R"({"room": {"timeline": "x"}})",
        R"({"room": {"timeline": {"rooms": "x"}}})",
        R"({"room": {"timeline": {"not_rooms": ["not a room"]}}})",
        R"({"room": {"timeline": {"senders": ["not a user"]}}})", R"({"room": {"timeline": {"types": [1]}}})",
        R"({"room": {"timeline": {"limit": -1}}})", R"({"room": {"timeline": {"limit": "5"}}})",
        R"({"room": {"state": {"lazy_load_members": 1}}})", R"({"room": {"include_leave": "yes"}})",
        R"({"event_format": "xml"})", R"({"event_fields": [1]})", R"({"event_fields": "type"})",
        R"({"room": {"rooms": ["@a:one"]}})"}) {
    const Result<Filter> filter = parse_filter(object(bad));
    ASSERT_FALSE(filter) << bad;
    EXPECT_EQ(filter.error().reason(), "M_BAD_JSON");
  }
  json::Object many;
  many["event_fields"] = json::Array(1001, "x");
  EXPECT_FALSE(parse_filter(many));
}

TEST(Filter, KeepsFields) {
  const json::Object event = object(
      R"({"type": "X", "sender": "@a:one", "content": {"body": "hi", "a.b": {"c": 1, "d": 2}, "m\\n": 3}})");
  const auto kept = [&event](std::vector<std::string> fields) {
    return json::canonical(keep_fields(event, fields));
  };
  EXPECT_EQ(kept({}), "{}");
  EXPECT_EQ(kept({"type", "absent", "content.absent", "type.below"}), R"({"type":"X"})");
  EXPECT_EQ(kept({"content.body", "content.a\\.b.c"}), R"({"content":{"a.b":{"c":1},"body":"hi"}})");
  EXPECT_EQ(kept({"content.m\\\\n"}), R"({"content":{"m\\n":3}})");
  EXPECT_EQ(kept({"content.a\\.b.c", "content.a\\.b"}), R"({"content":{"a.b":{"c":1,"d":2}}})");
  EXPECT_EQ(kept({"content.a\\.b", "content.a\\.b.c"}), R"({"content":{"a.b":{"c":1,"d":2}}})");
}

}  // namespace
}  // namespace kuramori::matrix
