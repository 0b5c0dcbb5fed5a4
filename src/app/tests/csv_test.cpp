#include "app/csv.hpp"

#include <gtest/gtest.h>

#include "app/admin_protocol.hpp"

namespace kuramori::app {
namespace {

TEST(Csv, ReadsQuotesLineEndsAndAByteOrderMark) {
  const auto rows = parse_csv("\xEF\xBB\xBFname,display_name\r\naiko,\"Tanaka, \"\"Ai\"\"\nTokyo\"\r\n\nlin, 林晓 \n");
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

TEST(AdminProtocol, RequestsAndAnswersRoundTrip) {
  const AdminRequest request{"user.add", {{"user", "aiko"}}};
  const auto parsed = parse_admin_request(render(request));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->operation, "user.add");
  EXPECT_EQ(json::string_or(parsed->arguments, "user", ""), "aiko");

  double progress = 0;
  std::string text;
  const AdminOutput output{.progress = [&](double f) { progress = f; },
                           .line = [&](std::string_view l) { text = l; }};
  EXPECT_FALSE(*parse_admin_answer(render_progress(0.5), output));
  EXPECT_DOUBLE_EQ(progress, 0.5);
  EXPECT_FALSE(*parse_admin_answer(render_line("{\"a\":1}\n"), output));
  EXPECT_EQ(text, "{\"a\":1}\n");
  const auto done = parse_admin_answer(render_outcome(json::Object{{"x", 1}}), output);
  ASSERT_TRUE(done && *done && **done);
  const auto failed = parse_admin_answer(render_outcome(not_found("Nobody.")), output);
  ASSERT_TRUE(failed && *failed);
  EXPECT_EQ((**failed).error().code(), ErrorCode::NotFound);
  EXPECT_EQ((**failed).error().message(), "Nobody.");
  EXPECT_FALSE(parse_admin_answer("nonsense", output));
}

}  // namespace
}  // namespace kuramori::app
