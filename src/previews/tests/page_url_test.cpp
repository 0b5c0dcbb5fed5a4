#include "previews/page_url.hpp"

#include <gtest/gtest.h>

namespace kuramori::previews {
namespace {

TEST(PageUrl, PublicPagesPass) {
  for (const char* good :
       {"https://example.org", "http://example.org/path?q=1#part", "https://EXAMPLE.org:443/x",
        "http://日本.jp/", "https://a.b.c.example.co.jp/%E6%97%A5"}) {
    const auto url = parse_page_url(good, {});
    ASSERT_TRUE(url) << good << " " << url.error().to_log();
    EXPECT_EQ(url->place, Place::Public);
    EXPECT_FALSE(url->text.contains('#')) << url->text;
  }
  EXPECT_EQ(parse_page_url("https://EXAMPLE.org:443/x", {})->host, "example.org");
}

TEST(PageUrl, NothingInside) {
  for (const char* inside : {"http://127.0.0.1/",
                             "http://127.1/",
                             "http://2130706433/",
                             "http://0x7f000001/",
                             "http://0177.0.0.1/",
                             "http://0x7f.1/",
                             "http://[::1]/",
                             "http://[::ffff:127.0.0.1]/",
                             "http://[fe80::1%25eth0]/",
                             "http://10.0.0.1/",
                             "http://192.168.1.1./",
                             "http://169.254.169.254/latest/meta-data",
                             "http://localhost/",
                             "http://localhost./",
                             "http://intranet/",
                             "http://wiki.internal/",
                             "http://printer.local/",
                             "http://x.localhost/",
                             "http://example.org:8080/",
                             "http://example.org:22/",
                             "http://user:password@example.org/",
                             "http://a@example.org/",
                             "http://127.0.0.1:80@example.org/",
                             "http://0/",
                             "http://1.2.3/",
                             "http://0x/"}) {
    const auto url = parse_page_url(inside, {});
    EXPECT_FALSE(url) << inside << " became " << (url ? url->text : "");
  }
}

TEST(PageUrl, NoOtherSchemesAndNoNonsense) {
  for (const char* bad :
       {"", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)",
        "example.org", "http://", "https:///path", "http://exa mple.org/", "http://example.org\\@evil/",
        "http://example.org/\r\nHost: x", "mxc://example.org/abc", "http://[::1"}) {
    EXPECT_FALSE(parse_page_url(bad, {})) << bad;
  }
  EXPECT_FALSE(parse_page_url("http://example.org/" + std::string(5'000, 'x'), {}));
}

TEST(PageUrl, WhatTheConfigurationNamesMayBeFetched) {
  const std::vector<std::string> inside{"wiki", "127.0.0.1:8080", "10.0.0.7"};
  EXPECT_EQ(parse_page_url("http://wiki/page", inside)->place, Place::Inside);
  EXPECT_EQ(parse_page_url("https://WIKI/", inside)->place, Place::Inside);
  EXPECT_EQ(parse_page_url("http://127.0.0.1:8080/", inside)->place, Place::Inside);
  EXPECT_EQ(parse_page_url("http://2130706433:8080/", inside)->place, Place::Inside) << "the same place";
  EXPECT_EQ(parse_page_url("http://10.0.0.7/", inside)->place, Place::Inside);
  EXPECT_FALSE(parse_page_url("http://127.0.0.1/", inside));
  EXPECT_FALSE(parse_page_url("http://127.0.0.1:8081/", inside));
  EXPECT_FALSE(parse_page_url("http://wiki:8080/", inside));
  EXPECT_FALSE(parse_page_url("http://wiki.wiki:8080/", inside));
}

TEST(PageUrl, References) {
  EXPECT_EQ(resolve("https://example.org/a/b", "/c.png"), "https://example.org/c.png");
  EXPECT_EQ(resolve("https://example.org/a/b", "c.png"), "https://example.org/a/c.png");
  EXPECT_EQ(resolve("https://example.org/a/b", "//cdn.example.org/c"), "https://cdn.example.org/c");
  EXPECT_EQ(resolve("https://example.org/a/b", "http://127.0.0.1/"), "http://127.0.0.1/");
  EXPECT_EQ(resolve("https://example.org/a/b", ""), std::nullopt);
}

}  // namespace
}  // namespace kuramori::previews
