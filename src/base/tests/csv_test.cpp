#include "base/csv.hpp"

#include <gtest/gtest.h>

namespace kuramori {
namespace {

TEST(Csv, ReadsQuotesLineEndsAndAByteOrderMark) {
  const auto rows =
      parse_csv("\xEF\xBB\xBFname,display_name\r\naiko,\"Tanaka, \"\"Ai\"\"\nTokyo\"\r\n\nlin, 林晓 \n");
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].at("display_name"), "Tanaka, \"Ai\"\nTokyo");
  EXPECT_EQ((*rows)[1].at("display_name"), "林晓");
}

TEST(Csv, NamesTheLineOfAMistake) {
  EXPECT_NE(parse_csv("name,role\na,b,c\n").error().message().find("Line 2"), std::string::npos);
  EXPECT_NE(parse_csv("name\n\"open\n").error().message().find("Line 2"), std::string::npos);
  EXPECT_NE(parse_csv("name\n\"a\"b\n").error().message().find("after a closing quote"), std::string::npos);
  EXPECT_FALSE(parse_csv(""));
  EXPECT_FALSE(parse_csv("name\n\xFF\n"));
}

TEST(Csv, TellsWhereARowBegins) {
  const auto rows = parse_csv("name\n\"two\nlines\"\nlast\n");
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].line, 2U);
  EXPECT_EQ((*rows)[1].line, 4U);
  EXPECT_EQ((*rows)[1].at("nothing"), "");
}

}  // namespace
}  // namespace kuramori
