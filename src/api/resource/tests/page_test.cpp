#include "api/resource/page.hpp"

#include <gtest/gtest.h>

#include "api/resource/parameters.hpp"

namespace kuramori::api::resource {
namespace {

net::Request with(std::vector<std::pair<std::string, std::string>> query) {
  net::Request request;
  request.query = std::move(query);
  return request;
}

TEST(Page, ACursorLeadsBackToItsKey) {
  for (const std::string key : {"1", "@aiko:example.org", "倉", "a:b"})
    EXPECT_EQ(from_cursor(to_cursor(key)), key);
  for (const std::string cursor : {"", "!", "MQ", "MTo", "Mjox"}) EXPECT_FALSE(from_cursor(cursor)) << cursor;
  EXPECT_FALSE(from_cursor(to_cursor(std::string(kCursorBytesMax, 'x'))));
}

TEST(Page, LimitsAndCursorsAreChecked) {
  const PageBounds bounds{.standard = 20, .most = 100};
  EXPECT_EQ(read_page(with({}), bounds)->limit, 20U);
  EXPECT_EQ(read_page(with({{"limit", "100"}}), bounds)->limit, 100U);
  EXPECT_EQ(read_page(with({{"cursor", to_cursor("k")}}), bounds)->after, "k");
  for (const std::string limit : {"0", "101", "-1", "x", "", "1.5"})
    EXPECT_FALSE(read_page(with({{"limit", limit}}), bounds)) << limit;
  EXPECT_FALSE(read_page(with({{"cursor", "x"}}), bounds));
}

TEST(Page, ANumberedListHasNumbersInItsCursors) {
  EXPECT_EQ(read_numbered_page(with({{"cursor", to_cursor("7")}}), {})->after, 7);
  EXPECT_FALSE(read_numbered_page(with({{"cursor", to_cursor("seven")}}), {}));
  EXPECT_FALSE(read_numbered_page(with({}), {})->after);
}

TEST(Parameters, MalformedOnesAreErrors) {
  EXPECT_TRUE(*flag_parameter(with({{"dry_run", "true"}}), "dry_run"));
  EXPECT_FALSE(*flag_parameter(with({{"dry_run", "false"}}), "dry_run"));
  EXPECT_FALSE(*flag_parameter(with({}), "dry_run"));
  for (const std::string value : {"", "1", "yes", "TRUE"})
    EXPECT_FALSE(flag_parameter(with({{"dry_run", value}}), "dry_run")) << value;
  EXPECT_EQ(*integer_parameter(with({{"n", "5"}}), "n"), 5);
  EXPECT_FALSE(integer_parameter(with({{"n", "5x"}}), "n"));
  EXPECT_EQ(*text_parameter(with({{"reason", "why"}}), "reason", 3), "why");
  EXPECT_FALSE(text_parameter(with({{"reason", "whys"}}), "reason", 3));
  EXPECT_EQ(*version_of("3"), 3);
  for (const std::string_view segment : {"0", "-1", "x", ""}) EXPECT_FALSE(version_of(segment)) << segment;
}

}  // namespace
}  // namespace kuramori::api::resource
