#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace kuramori {
namespace {

Result<int> parse(bool good) {
  if (good) return 20;
  return invalid_argument("Not a number.");
}
Result<void> check(bool good) {
  if (good) return {};
  return forbidden("No.");
}
Result<std::string> both(bool first, bool second) {
  KURAMORI_TRY(value, parse(first));
  KURAMORI_CHECK(check(second));
  return std::to_string(value + 1);
}

TEST(Result, MacrosBindOrReturn) {
  EXPECT_EQ(*both(true, true), "21");
  EXPECT_EQ(both(false, true).error().reason(), "M_INVALID_PARAM");
  EXPECT_EQ(both(true, false).error().code(), ErrorCode::Forbidden);
}

TEST(Result, IsMonadic) {
  EXPECT_EQ(*parse(true).transform([](int v) { return v * 2; }), 40);
  EXPECT_EQ(*parse(true).and_then([](int v) { return Result<int>(v + 2); }), 22);
  EXPECT_FALSE(parse(false).transform([](int v) { return v; }));
  EXPECT_EQ(parse(false).value_or(5), 5);
}

TEST(Result, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 3);
}

TEST(Error, LogLineNamesAllParts) {
  EXPECT_EQ(corrupt("page 7").to_log(),
            "corrupt KURAMORI_CORRUPT: Stored data failed its integrity check. (page 7)");
}

}  // namespace
}  // namespace kuramori
