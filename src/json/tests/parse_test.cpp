#include <gtest/gtest.h>

#include <boost/json/monotonic_resource.hpp>
#include <cmath>
#include <cstdlib>

#include "json/json.hpp"

namespace kuramori {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonParse, ReadsAndWritesBackWhatIsValid) {
  struct Case {
    std::string_view text;
    std::string_view written;
  };
  for (const Case& c : {
           Case{"{}", "{}"},
           {" [ ] ", "[]"},
           {"null", "null"},
           {"[true,false,null]", "[true,false,null]"},
           {R"({"b":1,"a":{"c":[]}})", R"({"b":1,"a":{"c":[]}})"},
           {R"("\u65e5\n\t\b\f\r\"\\\/")", "\"日\\n\\t\\b\\f\\r\\\"\\\\/\""},
           {R"("\u0000\u001F\u007f")", "\"\\u0000\\u001f\x7f\""},
           {R"("\uD83D\uDE00")", "\"😀\""},
           {"[0,-1,9223372036854775807,-9223372036854775808]",
            "[0,-1,9223372036854775807,-9223372036854775808]"},
           {"18446744073709551615", "18446744073709551615"},
           {"[0.25,-1.5,1.0,1e3]", "[0.25,-1.5,1.0,1000.0]"},
           {"[1e999,-1e999]", "[1e999,-1e999]"},
           {R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})"},
       }) {
    const auto value = json::parse(c.text);
    ASSERT_TRUE(value) << c.text << ": " << value.error().message();
    const std::string written = json::serialize(*value);
    if (c.text.find("\"a\":3") == std::string_view::npos) {
      EXPECT_EQ(written, c.written) << c.text;
    } else {
      EXPECT_EQ(json::canonical(*value), c.written) << "the last of two equal keys counts";
    }
    const auto again = json::parse(written);
    ASSERT_TRUE(again) << written;
    EXPECT_EQ(json::serialize(*again), written);
  }
}

// The estimate of Boost 1.81 is off for some of these.
TEST(JsonParse, ReadsEachFloatAsTheNearestDouble) {
  for (const char* text : {"1.7976931348623157e308", "18446744077844674407733", "2.2250738585072014e-308",
                           "4.9406564584124654e-324", "0.30000000000000004", "123456789012345678901234567890",
                           "9007199254740993.0", "6.02214076e23", "0.1", "-5e-324", "1e-400", "-1e-400",
                           "0e999", "0.0", "1e400", "-1e400", "1E+2"}) {
    const auto value = json::parse(text);
    ASSERT_TRUE(value) << text << ": " << value.error().message();
    ASSERT_TRUE(value->is_double()) << text;
    const double expected = std::strtod(text, nullptr);
    EXPECT_EQ(value->get_double(), expected) << text;
    EXPECT_EQ(std::signbit(value->get_double()), std::signbit(expected)) << text;
    EXPECT_EQ(json::parse(json::serialize(*value))->get_double(), expected) << json::serialize(*value);
  }
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  using namespace std::string_view_literals;
  for (const std::string_view bad :
       {""sv,        " "sv,       "{"sv,          "[1,2"sv,   "{\"a\"}"sv,       "{\"a\":}"sv, "{a:1}"sv,
        "{'a':1}"sv, "[1,]"sv,    "{\"a\":1,}"sv, "[1 2]"sv,  "nul"sv,           "NaN"sv,      "Infinity"sv,
        "01"sv,      "+1"sv,      "1."sv,         ".5"sv,     "0x10"sv,          "1e"sv,       "-"sv,
        "\"abc"sv,   "\"\\x\""sv, "\"\\u12\""sv,  "\"\n\""sv, "\"\0\""sv,        "// c\n1"sv,  "/* c */1"sv,
        "1 1"sv,     "{}{}"sv,    "{} x"sv,       "[]\0"sv,   "\xEF\xBB\xBF{}"sv}) {
    const auto value = json::parse(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().reason(), "M_NOT_JSON");
    EXPECT_EQ(value.error().code(), ErrorCode::InvalidArgument);
  }
}

TEST(JsonParse, RefusesIllFormedUnicode) {
  for (const char* bad : {"\"\x80\"", "\"\xC0\xAF\"", "\"\xE0\x80\x80\"", "\"\xED\xA0\x80\"",
                          "\"\xF4\x90\x80\x80\"", "\"\xE5\x80\"", "\"\xFF\"", "{\"\xFF\":1}", R"("\uD800")",
                          R"("\uDC00")", R"("\uD800\u0041")", R"("\uD800x")"}) {
    const auto value = json::parse(bad);
    ASSERT_FALSE(value) << bad;
    EXPECT_EQ(value.error().reason(), "M_NOT_JSON");
  }
}

TEST(JsonParse, HoldsItsLimits) {
  EXPECT_TRUE(json::parse(nested(64)));
  EXPECT_FALSE(json::parse(nested(65)));
  EXPECT_EQ(json::parse(nested(65)).error().reason(), "M_NOT_JSON");
  EXPECT_FALSE(json::parse(std::string(500'000, '[')));
  EXPECT_TRUE(json::parse(R"({"a":[1]})", {.depth_max = 2}));
  EXPECT_FALSE(json::parse(R"({"a":[[1]]})", {.depth_max = 2}));

  EXPECT_TRUE(json::parse("[10]", {.bytes_max = 4}));
  const auto large = json::parse("[100]", {.bytes_max = 4});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().reason(), "M_TOO_LARGE");
  EXPECT_EQ(large.error().code(), ErrorCode::TooLarge);
}

TEST(JsonParse, NamesTheOffsetAndNeverTheText) {
  const auto value = json::parse(R"({"password": hunter2})");
  ASSERT_FALSE(value);
  EXPECT_NE(value.error().message().find("offset 13"), std::string::npos) << value.error().message();
  EXPECT_EQ(value.error().to_log().find("hunter2"), std::string::npos);
}

TEST(JsonParse, WantsAnObjectWhereOneIsNeeded) {
  const auto object = json::parse_object(R"({"a":1})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->size(), 1U);
  for (const char* other : {"[]", "null", "1", "\"{}\""}) {
    const auto refused = json::parse_object(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "M_BAD_JSON");
  }
  EXPECT_EQ(json::parse_object("{").error().reason(), "M_NOT_JSON");
}

TEST(JsonParse, PutsTheValuesIntoTheGivenArena) {
  boost::json::monotonic_resource arena;
  const auto object =
      json::parse_object(R"({"a":["a long string that needs memory of its own"]})", {}, &arena);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->storage().get(), &arena);
  EXPECT_EQ(object->at("a").storage().get(), &arena);
  // A refused text leaves nothing behind that would outlive the arena.
  EXPECT_FALSE(json::parse(R"({"a":["another long string that needs memory")", {}, &arena));
}

}  // namespace
}  // namespace kuramori
