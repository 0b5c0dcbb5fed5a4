#include "app/admin_protocol.hpp"

#include <gtest/gtest.h>

namespace kuramori::app {
namespace {

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
