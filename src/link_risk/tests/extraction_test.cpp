#include "link_risk/extraction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using ::testing::ElementsAreArray;
using testing::hosts;
using testing::html_message;
using testing::message;
using testing::urls_of;

struct TextRow {
  std::string_view body;
  std::vector<std::string> urls;
};

TEST(Extraction, FindsLinksInText) {
  for (const auto& row : std::vector<TextRow>{
           {"see https://example.com/a, please", {"https://example.com/a"}},
           {"(https://example.com/a_(b))", {"https://example.com/a_(b)"}},
           {"<https://example.com/a>", {"https://example.com/a"}},
           {"\"https://example.com/a\".", {"https://example.com/a"}},
           {"example.com", {"http://example.com/"}},
           {"go to www.example.co.jp/x?y=1!", {"http://www.example.co.jp/x?y=1"}},
           {"请看example.com谢谢", {"http://example.com/"}},
           {"链接：https://example.com/a。下一句", {"https://example.com/a"}},
           {"链接 https://example.com。下一句", {"https://example.com/"}},
           {"詳しくは「https://example.com/a」を", {"https://example.com/a"}},
           {"https://example。com/a", {"https://example.com/a"}},
           {"evil。com", {"http://evil.com/"}},
           {"ｅｖｉｌ．ｃｏｍ", {"http://evil.com/"}},
           {"hxxps://evil[.]com/a", {"https://evil.com/a"}},
           {"hxxp[:]//evil(dot)com", {"http://evil.com/"}},
           {"e\u200Bvil.c\u200Dom", {"http://evil.com/"}},
           {"https：／／evil.com/a", {"https://evil.com/a"}},
           {"[https://good.example](https://evil.com/x)", {"https://good.example/", "https://evil.com/x"}},
           {"a.com,b.com;c.org", {"http://a.com/", "http://b.com/", "http://c.org/"}},
           {"see.https://evil.com/", {"https://evil.com/"}},
           {"http://1.2.3.4/x 5.6.7.8:80/y", {"http://1.2.3.4/x", "http://5.6.7.8/y"}},
           {"http://3232235777/", {"http://192.168.1.1/"}},
           {"http://localhost:8080/x", {"http://localhost:8080/x"}},
           {"https://matrix.to/#/@a:example.com", {}},
           {"https://matrix.to.evil.com/#/@a:example.com", {"https://matrix.to.evil.com/"}},
           {"mail alice@example.com or @alice:example.com or #room:example.com", {}},
           {"你好。我们明天见。公司很好", {}},
           {"Version 1.2.3, pi 3.14; e.g. this. And that... done", {}},
           {"main.cpp, dir/file.py and 10.0.0.1", {}},
           {"http: see above", {}},
           {"https://", {}},
           {"nothing", {}},
       }) {
    EXPECT_THAT(urls_of(extract_links(hosts(), message(row.body))), ElementsAreArray(row.urls)) << row.body;
  }
}

TEST(Extraction, FindsLinksInHtml) {
  for (const auto& row : std::vector<TextRow>{
           {R"(<a href="https://evil.com/a?b&amp;c">text</a>)", {"https://evil.com/a?b&c"}},
           {R"(<A HREF='https://evil.com/'>text</A> example.com)",
            {"https://evil.com/", "http://example.com/"}},
           {R"(<a class=x href=https://evil.com/>text</a>)", {"https://evil.com/"}},
           {R"(<a href="https&colon;&#47;/evil&period;com">text</a>)", {"https://evil.com/"}},
           {"<a href=\" ht\ntps://evil.com/ \">text</a>", {"https://evil.com/"}},
           {R"(<a href="//evil.com/x">text</a>)", {"http://evil.com/x"}},
           {R"(<a href="mailto:a@example.com">a</a>)", {}},
           {R"(<a href="https://matrix.to/#/@a:b.c">A</a>)", {}},
           {R"(<b>evil</b>.com)", {"http://evil.com/"}},
           {R"(evil&period;com)", {"http://evil.com/"}},
           {R"(<!-- <a href="https://evil.com">x</a> -->)", {}},
           {R"(<a href="https://evil.com/)", {"https://evil.com/"}},
           {R"(1 < 2 <)", {}},
       }) {
    EXPECT_THAT(urls_of(extract_links(hosts(), html_message(row.body))), ElementsAreArray(row.urls))
        << row.body;
  }
}

TEST(Extraction, TellsWhatIsShownAndWhatIsHidden) {
  const auto html =
      extract_links(hosts(), html_message(R"(<a href="https://evil.com">https://<b>bank</b>.com</a>)"));
  ASSERT_EQ(html.links.size(), 1U);
  EXPECT_EQ(html.links[0].shown, "https://bank.com");
  const auto markdown = extract_links(hosts(), message("[bank.com](https://evil.com)"));
  ASSERT_EQ(markdown.links.size(), 2U);
  EXPECT_EQ(markdown.links[1].shown, "bank.com");
  EXPECT_TRUE(extract_links(hosts(), message("https://ev\u200Bil.com")).links[0].hides_characters);
  EXPECT_FALSE(extract_links(hosts(), message("\u200Bhttps://evil.com\u200B")).links[0].hides_characters);
  EXPECT_FALSE(extract_links(hosts(), message("https://例え.jp/あ")).links[0].hides_characters);
}

TEST(Extraction, LooksAtWhatClientsShow) {
  const auto edit = json::parse_object(
      R"({"body":"* new","m.new_content":{"body":"https://evil.com"},"m.relates_to":{"event_id":"$a.com","rel_type":"m.replace"}})");
  EXPECT_THAT(urls_of(extract_links(hosts(), *edit)), ElementsAreArray({"https://evil.com/"}));
  const auto extensible = json::parse_object(
      R"({"m.text":[{"body":"<a href='https://evil.com'>x</a>","mimetype":"text/html"}]})");
  EXPECT_THAT(urls_of(extract_links(hosts(), *extensible)), ElementsAreArray({"https://evil.com/"}));
  const auto picture = json::parse_object(R"({"body":"a.png","url":"mxc://example.com/abc"})");
  EXPECT_TRUE(extract_links(hosts(), *picture).links.empty());
  const auto encrypted = json::parse_object(
      R"({"algorithm":"m.megolm.v1.aes-sha2","ciphertext":"evil.com","device_id":"A.com"})");
  EXPECT_TRUE(extract_links(hosts(), *encrypted).links.empty());
}

TEST(Extraction, IsBounded) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "a" + std::to_string(i) + ".com ";
  const auto found = extract_links(hosts(), message(many));
  EXPECT_EQ(found.links.size(), Extraction::kLinksMax);
  EXPECT_TRUE(found.is_truncated);
  // Hostile shapes: quickly done, nothing found.
  for (const std::string_view shape : {"a.", "http://", "](", "。", "http:", ".com@", "[.]"}) {
    std::string text;
    while (text.size() < 60'000) text += shape;
    extract_links(hosts(), message(text));
    extract_links(hosts(), html_message(text));
  }
}

}  // namespace
}  // namespace kuramori::link_risk
