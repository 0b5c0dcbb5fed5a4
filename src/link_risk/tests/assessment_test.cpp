#include "link_risk/assessment.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "link_risk/explanations.hpp"
#include "link_risk/shorteners.hpp"
#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using testing::html_message;
using testing::lists_of;
using testing::message;

Knowledge knowledge() {
  const std::vector<std::string> names{"example.com"};
  const auto hosts = std::make_shared<const HostReader>(PublicSuffixes::built_in());
  return {.hosts = hosts,
          .lists = lists_of(
              {{.match = Match::Domain, .pattern = "evil.com", .source = "police", .reason = "phishing"},
               {.match = Match::Domain, .action = ListAction::Allow, .pattern = "example.net"},
               {.match = Match::Host, .action = ListAction::Allow, .pattern = "192.0.2.7"}}),
          .look_alikes = std::make_shared<const LookAlikes>(*hosts, names)};
}

std::string judged(const json::Object& content) {
  const Assessment found = assess(content, knowledge(), from_unix_ms(0));
  std::string text(to_string(found.strongest));
  for (const LinkFinding& finding : found.findings) {
    for (const Reason& reason : finding.reasons) text += " " + std::string(to_string(reason.code));
  }
  return text;
}

TEST(Assessment, TheStrongestReasonGivesTheVerdict) {
  struct Row {
    json::Object content;
    std::string_view expected;
  };
  for (const auto& row : std::vector<Row>{
           {message("hello"), "unknown"},
           {message("https://unrelated.org/"), "unknown"},
           {message("https://www.evil.com/"), "malicious blocked"},
           {message("https://example.net/"), "allowed allowed"},
           {message("https://example.com/"), "unknown"},
           {message("https://examp1e.com/"), "look_alike confusable"},
           {message("https://bit.ly/x"), "shortener shortener"},
           {message("http://203.0.113.9/"), "ip_literal address"},
           {message("http://192.0.2.7/"), "allowed allowed"},
           {message("http://0xCB007109/"), "ip_literal address unusual_address"},
           {message("https://example.com@unrelated.org/"), "disguised user_information"},
           {message("https://unrel\u200Bated.org/"), "disguised hidden_characters"},
           {message("hxxp://unrelated.org/"), "unknown defanged"},
           {message("https://bücher.de/"), "unknown punycode"},
           {message("https://unrelated.org/ https://bit.ly/x evil.com"), "malicious shortener blocked"},
           {html_message(R"(<a href="https://unrelated.org/">https://example.com/</a>)"),
            "mismatch text_mismatch"},
           {html_message(R"(<a href="https://a.unrelated.org/">www.unrelated.org</a>)"), "unknown"},
           {html_message(R"(<a href="https://unrelated.org/">click here</a>)"), "unknown"},
           {html_message(R"(<a href="https://example.net/">https://example.com/</a>)"), "allowed allowed"},
           {message("[example.com](https://unrelated.org/)"), "mismatch text_mismatch"},
       }) {
    EXPECT_EQ(judged(row.content), row.expected) << json::serialize(row.content);
  }
}

TEST(Assessment, NamesTheListAndExplainsInFourLanguages) {
  const Assessment found =
      assess(message("https://www.evil.com/a https://www.evil.com/a"), knowledge(), from_unix_ms(0));
  ASSERT_EQ(found.findings.size(), 1U);
  const LinkFinding& finding = found.findings[0];
  EXPECT_EQ(finding.source, "police");
  EXPECT_EQ(finding.reasons[0].detail, "phishing");
  const auto texts = explain(finding);
  for (const std::string* text : {&texts.en, &texts.zh_hans, &texts.zh_hant, &texts.ja}) {
    EXPECT_NE(text->find("www.evil.com"), std::string::npos);
    EXPECT_EQ(text->find('{'), std::string::npos);
  }
  for (int code = 0; code <= static_cast<int>(ReasonCode::Blocked); ++code) {
    const auto sentence = explain(finding, {.code = static_cast<ReasonCode>(code), .detail = "D"});
    EXPECT_FALSE(sentence.en.empty() || sentence.zh_hans.empty() || sentence.zh_hant.empty() ||
                 sentence.ja.empty());
  }
}

TEST(Assessment, VerdictsHaveNames) {
  for (int i = 0; i <= static_cast<int>(Verdict::Malicious); ++i) {
    const auto verdict = static_cast<Verdict>(i);
    EXPECT_EQ(verdict_named(to_string(verdict)), verdict);
  }
  EXPECT_FALSE(verdict_named("bad").has_value());
}

TEST(Assessment, ManyLinksAreSuspiciousThemselves) {
  std::string many;
  for (int i = 0; i < 2500; ++i) many += "a" + std::to_string(i) + ".org ";
  EXPECT_EQ(assess(message(many), knowledge(), from_unix_ms(0)).strongest, Verdict::Disguised);
}

TEST(Shorteners, CountWithTheirSubdomains) {
  EXPECT_TRUE(is_shortener("bit.ly"));
  EXPECT_TRUE(is_shortener("x.reurl.cc"));
  EXPECT_FALSE(is_shortener("rabbit.ly"));
}

// Not a limit: printed, so that a change that makes every message slower is seen.
TEST(Assessment, CostOfMessagesWithoutLinks) {
  const Knowledge known = knowledge();
  const json::Object english =
      message("Hello everybody. The meeting of tomorrow is moved to Friday, 10:30, in the large room. Bye!");
  const json::Object chinese =
      message("大家好。明天的会议改到星期五上午十点半，在大会议室举行。请大家准时参加，谢谢！");
  for (const auto* content : {&english, &chinese}) {
    constexpr int kRounds = 20'000;
    const auto begun = std::chrono::steady_clock::now();
    std::size_t found = 0;
    for (int i = 0; i < kRounds; ++i) found += assess(*content, known, from_unix_ms(0)).findings.size();
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_EQ(found, 0U);
    RecordProperty("ns_per_message", static_cast<int>(std::chrono::nanoseconds(took).count() / kRounds));
    std::printf("%lld ns per message without links\n",
                static_cast<long long>(std::chrono::nanoseconds(took).count() / kRounds));
  }
}

}  // namespace
}  // namespace kuramori::link_risk
