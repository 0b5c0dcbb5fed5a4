#include <gtest/gtest.h>

#include "base/random.hpp"
#include "json/json.hpp"

namespace kuramori {
namespace {

struct Case {
  std::string_view text;
  std::string_view canonical;
};

TEST(CanonicalJson, MatchesTheExamplesOfTheSpecification) {
  for (
      const Case& c : {
          Case{"{}", "{}"},
          {R"({"one": 1, "two": "Two"})", R"({"one":1,"two":"Two"})"},
          {R"({"b": "2", "a": "1"})", R"({"a":"1","b":"2"})"},
          {R"({"b":"2","a":"1"})", R"({"a":"1","b":"2"})"},
          {R"({"auth": {"success": true, "mxid": "@john.doe:example.com", "profile": {"display_name": "John Doe",
               "three_pids": [{"medium": "email", "address": "john.doe@example.org"},
                              {"medium": "msisdn", "address": "123456789"}]}}})",
           R"({"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe",)"
           R"("three_pids":[{"address":"john.doe@example.org","medium":"email"},)"
           R"({"address":"123456789","medium":"msisdn"}]},"success":true}})"},
          {R"({"a": "日本語"})", R"({"a":"日本語"})"},
          {R"({"本": 2, "日": 1})", R"({"日":1,"本":2})"},
          {R"({"a": "\u65E5"})", R"({"a":"日"})"},
          {R"({"a": null})", R"({"a":null})"},
          {R"({"a": -0, "b": 1e10})", R"({"a":0,"b":10000000000})"},
      }) {
    const auto value = json::parse(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(json::canonical(*value), c.canonical);
  }
}

TEST(CanonicalJson, SortsByCodePointAndEscapesAsLittleAsItMay) {
  for (const Case& c : {
           // U+FF5E sorts before U+1F600, although its UTF-16 form would sort after.
           Case{R"({"😀":1,"～":2,"a":3,"":4,"A":5,"aa":6})", R"({"":4,"A":5,"a":3,"aa":6,"～":2,"😀":1})"},
           {R"(["\u0000\u0007\u000b\u000e\u001f\u007f\/"])",
            "[\"\\u0000\\u0007\\u000b\\u000e\\u001f\x7f/\"]"},
           {R"(["\b\t\n\f\r\"\\"])", R"(["\b\t\n\f\r\"\\"])"},
           {R"({"b":[{"z":1,"y":{"x":1,"w":2}},2],"a":{}})", R"({"a":{},"b":[{"y":{"w":2,"x":1},"z":1},2]})"},
       }) {
    const auto value = json::parse(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(json::canonical(*value), c.canonical);
  }
}

TEST(CanonicalJson, LeavesOutOnlyOutermostMembers) {
  const auto object = json::parse_object(R"({"unsigned":1,"b":{"unsigned":2},"signatures":{},"a":3})");
  ASSERT_TRUE(object);
  EXPECT_EQ(json::canonical_without(*object, {"signatures", "unsigned", "absent"}),
            R"({"a":3,"b":{"unsigned":2}})");
}

TEST(CanonicalJson, DoesNotDependOnTheOrderOfInsertion) {
  SeededRandom random(7);
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back(random.alphanumeric(1 + random.below(12)));
  json::Object forward;
  json::Object backward;
  for (const std::string& key : keys) forward.emplace(key, json::Object{{"k", key}});
  for (std::size_t i = keys.size(); i-- > 0;) backward.emplace(keys[i], json::Object{{"k", keys[i]}});
  EXPECT_EQ(json::canonical(forward), json::canonical(backward));
  EXPECT_TRUE(json::parse(json::canonical(forward)));
}

TEST(CanonicalJson, FindsEveryOctetThatNeedsAnEscapeAtEveryPosition) {
  for (int code = 0; code < 0x80; ++code) {
    for (std::size_t before = 0; before < 18; ++before) {
      const std::string text = std::string(before, 'x') + static_cast<char>(code) + "\xC3\xA9 tail";
      std::string written;
      json::append_string(written, text);
      const bool escaped = code < 0x20 || code == '"' || code == '\\';
      EXPECT_EQ(written.size() > text.size() + 2, escaped) << code << " at " << before;
      const auto read = json::parse(written);
      ASSERT_TRUE(read) << code << " at " << before;
      EXPECT_EQ(json::view(read->get_string()), text);
    }
  }
}

TEST(CheckCanonical, AllowsIntegersWithinTheRangeAlone) {
  for (const char* good :
       {"[9007199254740991,-9007199254740991,0,-0]", R"({"a":{"b":[1,"1.5",null,true]}})", "1"}) {
    const auto value = json::parse(good);
    ASSERT_TRUE(value);
    EXPECT_TRUE(json::check_canonical(*value)) << good;
  }
  for (const char* bad : {"9007199254740992", "-9007199254740992", "18446744073709551615", "1.5", "1.0",
                          "1e2", "-0.0", "1e999", "100000000000000000000", R"({"a":[{"b":0.1}]})"}) {
    const auto value = json::parse(bad);
    ASSERT_TRUE(value) << bad;
    const auto checked = json::check_canonical(*value);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().reason(), "M_BAD_JSON");
  }
}

// A value that was in order and is changed afterwards is refused.
TEST(CheckCanonical, FollowsTheValue) {
  auto value = json::parse(R"({"a":[1]})");
  ASSERT_TRUE(value);
  EXPECT_TRUE(json::check_canonical(*value));
  value->get_object().at("a").get_array().emplace_back(0.5);
  EXPECT_FALSE(json::check_canonical(*value));
}

}  // namespace
}  // namespace kuramori
