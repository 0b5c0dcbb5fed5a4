#include "link_risk/rewriting.hpp"

#include <gtest/gtest.h>

#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using testing::hosts;

struct Row {
  std::string_view text;
  std::string_view expected;
};

std::optional<std::string> page(const Link& link) {
  if (link.host.registrable == "example.com") return std::nullopt;
  return "https://k.test/l?to=" + link.host.name + "&x";
}

TEST(Rewriting, ReplacesLinksInText) {
  for (const auto& row : std::vector<Row>{
           {"nothing", "nothing"},
           {"see https://evil.com/a, and example.com.",
            "see https://k.test/l?to=evil.com&x, and example.com."},
           {"[a](https://evil.com/a) 。hxxp://b[.]org",
            "[a](https://k.test/l?to=evil.com&x) 。https://k.test/l?to=b.org&x"},
           {"请看e\u200Bvil.com谢谢", "请看https://k.test/l?to=evil.com&x谢谢"},
       }) {
    const auto content = rewrite_links(hosts(), testing::message(row.text), page);
    EXPECT_EQ(json::string_or(content, "body", ""), row.expected);
    EXPECT_EQ(json::string_or(content, "msgtype", ""), "m.text");
  }
}

TEST(Rewriting, ReplacesTargetsInHtml) {
  for (const auto& row : std::vector<Row>{
           {R"(<p>a &amp; <a class="x" href="https://evil.com/?a&amp;b">t</a></p>)",
            R"(<p>a &amp; <a class="x" href="https://k.test/l?to=evil.com&amp;x">t</a></p>)"},
           {R"(<a href=https://evil.com>t</a>)", R"(<a href="https://k.test/l?to=evil.com&amp;x">t</a>)"},
           {R"(x &lt; evil.com!)", R"(x &lt; <a href="https://k.test/l?to=evil.com&amp;x">evil.com</a>!)"},
           {R"(<a href="https://example.com">evil.com</a>)", R"(<a href="https://example.com">evil.com</a>)"},
       }) {
    const auto content = rewrite_links(hosts(), testing::html_message(row.text), page);
    EXPECT_EQ(json::string_or(content, "formatted_body", ""), row.expected);
    EXPECT_EQ(json::string_or(content, "body", ""), "see");
  }
}

TEST(Rewriting, WhatIsRewrittenHoldsOnlyThePage) {
  const auto content = json::parse_object(
      R"({"body":"a.org b.net","m.new_content":{"body":"c.org","formatted_body":"<b>d.net</b>"},"m.text":[{"body":"e.org"}]})");
  const auto rewritten = rewrite_links(hosts(), *content, page);
  for (const FoundLink& found : extract_links(hosts(), rewritten).links)
    EXPECT_EQ(found.link.host.name, "k.test");
}

}  // namespace
}  // namespace kuramori::link_risk
