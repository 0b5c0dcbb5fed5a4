#include "previews/page_summary.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace kuramori::previews {
namespace {

using Summary = std::map<std::string, std::string>;

TEST(PageSummary, OpenGraphFirst) {
  const Summary found = summarise(R"(<!DOCTYPE html><html><head><title>Title</title>
    <meta property="og:title" content="A &amp; B &#x2014; C">
    <META CONTENT='said so' PROPERTY='og:description'/>
    <meta property="og:title" content="second">
    <meta name=description content=unquoted>
    <meta property="og:image" content="/a.png"><meta property="og:image:width" content="10">
    </head></html>)");
  EXPECT_EQ(found, (Summary{{"og:title", "A & B — C"},
                            {"og:description", "said so"},
                            {"og:image", "/a.png"},
                            {"og:image:width", "10"}}));
}

TEST(PageSummary, TitleAndDescriptionOtherwise) {
  EXPECT_EQ(summarise("<title>\n  Two\t words &lt;3 </title><meta name=\"description\" content=\"x\">"),
            (Summary{{"og:title", "Two words <3"}, {"og:description", "x"}}));
  EXPECT_EQ(summarise("<meta name='twitter:title' content='bird'>"), (Summary{{"og:title", "bird"}}));
  EXPECT_EQ(summarise("nothing here"), Summary{});
}

TEST(PageSummary, WhatOnlyLooksLikeOne) {
  EXPECT_EQ(summarise("<script>'<meta property=\"og:title\" content=\"x\">'</script><title>real</title>"),
            (Summary{{"og:title", "real"}}));
  EXPECT_EQ(summarise("<!-- <title>old</title> --><title>new</title>"), (Summary{{"og:title", "new"}}));
  EXPECT_EQ(summarise("<svg><title>drawing</title></svg><title>page</title>"),
            (Summary{{"og:title", "page"}}));
  EXPECT_EQ(summarise("<metadata property='og:title' content='x'>"), Summary{});
}

TEST(PageSummary, HostileTextIsBounded) {
  const Summary found = summarise("<title>" + std::string(1'000'000, 'x') + "</title>");
  EXPECT_EQ(found.at("og:title").size(), kTextCharactersMax);
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += "<meta property=\"og:x" + std::to_string(i) + "\" content=y>";
  EXPECT_EQ(summarise(many).size(), kPropertiesMax);
  for (const char* bad :
       {"<", "<meta", "<meta property", "<meta property=", "<meta property='og:title", "<title", "<title>",
        "<!--", "<script>", "<meta ====>", "<title>&#xD800;&#0;&#99999999999;&bad</title>", "</"}) {
    for (const auto& [name, value] : summarise(bad)) EXPECT_TRUE(text::is_valid_utf8(value)) << name;
  }
  EXPECT_EQ(summarise("<title>\x01\x02 a\xFF</title>"), Summary{}) << "no UTF-8, no title";
}

}  // namespace
}  // namespace kuramori::previews
