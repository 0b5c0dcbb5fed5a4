#include "push/digest.hpp"

#include <gtest/gtest.h>

namespace kuramori::push {
namespace {

Letter letter(std::string_view language, std::vector<DigestItem> items) {
  return make_digest({.to = "alice@example.org",
                      .organisation = "example.org",
                      .base_url = "https://chat.example.org",
                      .language = std::string(language)},
                     items);
}

TEST(Digest, SpeaksTheLanguageOfThePusher) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"en", "Unread messages: 1 (example.org)"}, {"en-GB", "Unread messages: 1 (example.org)"},
      {"fr", "Unread messages: 1 (example.org)"}, {"zh-CN", "未读消息：1 条 (example.org)"},
      {"zh", "未读消息：1 条 (example.org)"},     {"zh-Hant-HK", "未讀訊息：1 則 (example.org)"},
      {"zh-TW", "未讀訊息：1 則 (example.org)"},  {"ja-JP", "未読メッセージ：1件 (example.org)"}};
  for (const auto& [language, subject] : cases)
    EXPECT_EQ(letter(language, {{.sender = "Bob", .room = "Sales"}}).subject, subject) << language;
}

TEST(Digest, NamesWhoAndWhereOnOneLineEach) {
  const Letter made =
      letter("en", {{.sender = "Bob\nBcc: x", .room = "Sales"}, {.sender = "Carol", .room = ""}});
  EXPECT_NE(made.text.find("- Bob Bcc: x in Sales\n"), std::string::npos) << made.text;
  EXPECT_NE(made.text.find("- Carol\n"), std::string::npos) << made.text;
  EXPECT_NE(made.text.find("https://chat.example.org"), std::string::npos);
}

TEST(Digest, IsBounded) {
  std::vector<DigestItem> many(70,
                               DigestItem{.sender = "Bob", .room = "Sales", .text = std::string(5'000, 'x')});
  const Letter made = letter("en", many);
  EXPECT_LT(made.text.size(), 60'000u);
  EXPECT_NE(made.text.find("and others: 20"), std::string::npos);
}

}  // namespace
}  // namespace kuramori::push
