#include <gtest/gtest.h>

#include "json/json.hpp"

namespace kuramori {
namespace {

class Fields : public testing::Test {
 protected:
  json::Object object_ =
      json::parse_object(
          R"({"s":"text","empty":"","i":-7,"big":9223372036854775808,"f":1.0,"b":false,"o":{"x":1},"a":[1],"n":null})")
          .value();
};

TEST_F(Fields, FallBackWhenAbsentOrOfAnotherType) {
  EXPECT_EQ(json::string_or(object_, "s", "other"), "text");
  EXPECT_EQ(json::string_or(object_, "empty", "other"), "");
  EXPECT_EQ(json::integer_or(object_, "i", 1), -7);
  EXPECT_FALSE(json::bool_or(object_, "b", true));
  for (const char* key : {"i", "n", "absent"})
    EXPECT_EQ(json::string_or(object_, key, "other"), "other") << key;
  for (const char* key : {"s", "f", "big", "b", "absent"})
    EXPECT_EQ(json::integer_or(object_, key, 1), 1) << key;
  for (const char* key : {"s", "i", "n", "absent"}) EXPECT_TRUE(json::bool_or(object_, key, true)) << key;
  ASSERT_NE(json::object_at(object_, "o"), nullptr);
  ASSERT_NE(json::array_at(object_, "a"), nullptr);
  for (const char* key : {"a", "n", "absent"}) EXPECT_EQ(json::object_at(object_, key), nullptr) << key;
  for (const char* key : {"o", "n", "absent"}) EXPECT_EQ(json::array_at(object_, key), nullptr) << key;
  EXPECT_EQ(json::find(object_, "absent"), nullptr);
  EXPECT_TRUE(json::find(object_, "n")->is_null());
}

TEST_F(Fields, TellAbsentFromWrong) {
  EXPECT_EQ(json::optional_string(object_, "s").value(), "text");
  EXPECT_EQ(json::optional_integer(object_, "i").value(), -7);
  EXPECT_EQ(json::optional_bool(object_, "b").value(), false);
  EXPECT_EQ(json::optional_object(object_, "o").value(), json::object_at(object_, "o"));
  EXPECT_EQ(json::optional_array(object_, "a").value(), json::array_at(object_, "a"));

  EXPECT_EQ(json::optional_string(object_, "absent").value(), std::nullopt);
  EXPECT_EQ(json::optional_integer(object_, "absent").value(), std::nullopt);
  EXPECT_EQ(json::optional_bool(object_, "absent").value(), std::nullopt);
  EXPECT_EQ(json::optional_object(object_, "absent").value(), nullptr);
  EXPECT_EQ(json::optional_array(object_, "absent").value(), nullptr);

  EXPECT_EQ(json::optional_string(object_, "i").error().message(), "'i' must be a string.");
  EXPECT_EQ(json::optional_integer(object_, "big").error().message(), "'big' must be an integer.");
  EXPECT_EQ(json::optional_integer(object_, "f").error().reason(), "M_BAD_JSON");
  EXPECT_EQ(json::optional_bool(object_, "n").error().reason(), "M_BAD_JSON");
  EXPECT_EQ(json::optional_object(object_, "a").error().reason(), "M_BAD_JSON");
  EXPECT_EQ(json::optional_array(object_, "o").error().reason(), "M_BAD_JSON");
}

TEST_F(Fields, RequireAString) {
  EXPECT_EQ(json::required_string(object_, "s").value(), "text");
  EXPECT_EQ(json::required_string(object_, "absent").error().reason(), "M_MISSING_PARAM");
  EXPECT_EQ(json::required_string(object_, "o").error().reason(), "M_BAD_JSON");
  object_.erase("s");
  EXPECT_FALSE(json::required_string(object_, "s"));
}

}  // namespace
}  // namespace kuramori
