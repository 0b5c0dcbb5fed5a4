#include "link_risk/host.hpp"

#include <gtest/gtest.h>

#include "link_risk/address_literal.hpp"
#include "link_risk/link.hpp"
#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using testing::hosts;

struct HostRow {
  std::string_view written;
  std::string_view name;  // empty: no host
  std::string_view registrable;
};

TEST(Host, HasOneForm) {
  for (const auto& row : std::vector<HostRow>{
           {"Example.COM", "example.com", "example.com"},
           {"www.example.co.uk.", "www.example.co.uk", "example.co.uk"},
           {"a.b.example.com.hk", "a.b.example.com.hk", "example.com.hk"},
           {"www.example.co.jp", "www.example.co.jp", "example.co.jp"},
           {"someone.github.io", "someone.github.io", "someone.github.io"},
           {"bücher.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
           {"XN--BCHER-KVA.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
           {"www\u3002example\uFF0Ecom", "www.example.com", "example.com"},
           {"ｅｘａｍｐｌｅ.com", "example.com", "example.com"},
           {"exam\u200Bple\u00AD.com", "example.com", "example.com"},
           {"例え.テスト", "xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"},
           {"192.168.1.1", "192.168.1.1", "192.168.1.1"},
           {"0xC0.0250.1", "192.168.0.1", "192.168.0.1"},
           {"3232235777", "192.168.1.1", "192.168.1.1"},
           {"１９２.168.1.1", "192.168.1.1", "192.168.1.1"},
           {"[2001:DB8:0::1]", "[2001:db8::1]", "[2001:db8::1]"},
           {"localhost", "localhost", "localhost"},
           {"", "", ""},
           {"a..b", "", ""},
           {"exa mple.com", "", ""},
           {"1.2.3.4.5", "", ""},
           {"256.1.1.1", "", ""},
           {"[::1", "", ""},
           {"a/b", "", ""},
       }) {
    const auto host = hosts().read(row.written);
    ASSERT_EQ(host.has_value(), !row.name.empty()) << row.written;
    if (!host) continue;
    EXPECT_EQ(host->name, row.name) << row.written;
    EXPECT_EQ(host->registrable, row.registrable) << row.written;
  }
}

TEST(Host, KnowsAddressesInEveryNotation) {
  struct Row {
    std::string_view written;
    std::string_view address;
    bool is_unusual;
  };
  for (const auto& row : std::vector<Row>{{"127.0.0.1", "127.0.0.1", false},
                                          {"127.1", "127.0.0.1", true},
                                          {"0177.0.0.1", "127.0.0.1", true},
                                          {"0x7f000001", "127.0.0.1", true},
                                          {"2130706433", "127.0.0.1", true},
                                          {"010.010.010.010", "8.8.8.8", true},
                                          {"4294967295", "255.255.255.255", true},
                                          {"0", "0.0.0.0", true}}) {
    const auto reading = read_address(row.written);
    ASSERT_TRUE(reading.address) << row.written;
    EXPECT_EQ(reading.address->text, row.address);
    EXPECT_EQ(reading.address->is_unusual, row.is_unusual) << row.written;
  }
  for (const std::string_view invalid : {"4294967296", "1.2.3.256", "09.1.1.1", "1.2.3.4.5", "1..2"}) {
    EXPECT_FALSE(read_address(invalid).address) << invalid;
    EXPECT_TRUE(read_address(invalid).is_invalid) << invalid;
  }
  EXPECT_FALSE(read_address("example.com").is_invalid);
  EXPECT_FALSE(read_address("0xzz").is_invalid);
}

struct LinkRow {
  std::string_view written;
  std::string_view url;  // empty: none
};

TEST(Link, HasOneForm) {
  for (const auto& row : std::vector<LinkRow>{
           {"https://EXAMPLE.com", "https://example.com/"},
           {"HTTPS:\\\\example.com\\a", "https://example.com/a"},
           {"https://example.com:443/a/./b/../c", "https://example.com/a/c"},
           {"http://example.com:8080", "http://example.com:8080/"},
           {"https://example.com/%7euser/%2f?q=%41#top", "https://example.com/~user/%2F?q=A"},
           {"https://user:word@example.com/", "https://example.com/"},
           {"https://bank.example@evil.example/x", "https://evil.example/x"},
           {"https:////example.com/x", "https://example.com/x"},
           {"hxxps://example.com/x", "https://example.com/x"},
           {"example.com/é", "http://example.com/%C3%A9"},
           {"//example.com/x", "http://example.com/x"},
           {"https://example.com?q", "https://example.com/?q"},
           {"https://0x7f.1/", "https://127.0.0.1/"},
           {"https://example.com:99999/", ""},
           {"https://", ""},
           {"mailto:a@", ""},
       }) {
    const auto link = read_link(hosts(), row.written);
    ASSERT_EQ(link.has_value(), !row.url.empty()) << row.written;
    if (link) EXPECT_EQ(link->url, row.url) << row.written;
  }
  EXPECT_TRUE(read_link(hosts(), "https://bank.example@evil.example/")->has_user_information);
  EXPECT_FALSE(read_link(hosts(), "https://evil.example/@bank.example")->has_user_information);
}

TEST(PublicSuffixes, ReadsAFileAndRefusesOthers) {
  EXPECT_FALSE(PublicSuffixes::from_file("/nonexistent/list").has_value());
  EXPECT_TRUE(PublicSuffixes::built_in().has_known_suffix("example.hk"));
  EXPECT_FALSE(PublicSuffixes::built_in().has_known_suffix("report.cpp"));
}

}  // namespace
}  // namespace kuramori::link_risk
