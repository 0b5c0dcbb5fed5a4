// Requests and page tokens: what is taken, what is refused.
#include "search/query.hpp"

#include <gtest/gtest.h>

#include "crypto/base64.hpp"

namespace kuramori::search {
namespace {

Result<SearchQuery> parse(std::string_view text, std::optional<std::string_view> next = std::nullopt) {
  return parse_query(*json::parse_object(text), next);
}

TEST(Query, Defaults) {
  const auto query = parse(R"({"search_term":"tea"})");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->order, Order::Rank);
  EXPECT_EQ(query->limit, 10U);
  EXPECT_EQ(query->keys, 7);
  EXPECT_FALSE(query->context);
}

TEST(Query, Everything) {
  const auto query =
      parse(R"({"search_term":"tea","keys":["content.name","content.topic"],"order_by":"recent",
    "filter":{"limit":5000,"rooms":["!a"],"senders":["@a:b"]},"include_state":true,
    "event_context":{"before_limit":0,"after_limit":100000,"include_profile":true},
    "groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]}})");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->keys, 6);
  EXPECT_EQ(query->limit, kLimitMax);
  EXPECT_EQ(query->context->before, 0U);
  EXPECT_EQ(query->context->after, 100U);
  EXPECT_TRUE(query->context->include_profile && query->include_state && query->by_room && query->by_sender);
}

TEST(Query, MistakesAreRefused) {
  for (const char* text :
       {R"({})", R"({"search_term":1})", R"({"search_term":"a","keys":["content.secret"]})",
        R"({"search_term":"a","keys":[1]})", R"({"search_term":"a","keys":{}})",
        R"({"search_term":"a","order_by":"best"})", R"({"search_term":"a","order_by":1})",
        R"({"search_term":"a","filter":{"limit":0}})", R"({"search_term":"a","filter":[]})",
        R"({"search_term":"a","event_context":{"before_limit":-1}})",
        R"({"search_term":"a","event_context":{"after_limit":"5"}})",
        R"({"search_term":"a","groupings":{"group_by":[{"key":"colour"}]}})",
        R"({"search_term":"a","groupings":{"group_by":["room_id"]}})",
        R"({"search_term":"a","include_state":"yes"})"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_FALSE(parse(R"({"search_term":")" + std::string(kTermBytesMax + 1, 'a') + "\"}"));
}

TEST(Cursor, ComesBack) {
  const Cursor cursor{
      .order = Order::Recent, .score = 7, .position = 1'234, .room = "!a|b:c", .sender = "@é:x"};
  EXPECT_EQ(*parse_cursor(render_cursor(cursor)), cursor);
  EXPECT_FALSE(parse(R"({"search_term":"a"})", render_cursor(cursor))) << "of another order";
  EXPECT_TRUE(parse(R"({"search_term":"a","order_by":"recent"})", render_cursor(cursor)));
}

TEST(Cursor, WhatIsNoneIsRefused) {
  for (const char* text : {"", "k", "k|1|1|", "k|1|1|||", "x|1|1||", "k|256|1||", "k|-1|1||", "k|1|-1||",
                           "k|1|x||", "k|1|1|%zz|", "k|1|1|%FF|"}) {
    EXPECT_FALSE(parse_cursor(crypto::to_base64_url(as_bytes(std::string_view(text))))) << text;
  }
  EXPECT_FALSE(parse_cursor("not base64!"));
  EXPECT_FALSE(parse_cursor(std::string(5'000, 'A')));
}

TEST(Cursor, Order) {
  const Cursor rank{.order = Order::Rank, .score = 5, .position = 10};
  EXPECT_TRUE(rank.precedes(4, 100));
  EXPECT_TRUE(rank.precedes(5, 9));
  EXPECT_FALSE(rank.precedes(5, 10));
  EXPECT_FALSE(rank.precedes(6, 1));
  const Cursor recent{.order = Order::Recent, .score = 5, .position = 10};
  EXPECT_TRUE(recent.precedes(9, 9));
  EXPECT_FALSE(recent.precedes(0, 11));
}

}  // namespace
}  // namespace kuramori::search
