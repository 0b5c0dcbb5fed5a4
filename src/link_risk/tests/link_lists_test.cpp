#include "link_risk/link_lists.hpp"

#include <gtest/gtest.h>

#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using testing::hosts;
using testing::lists_of;

const Timestamp kNow = from_unix_ms(1'000'000);

ListEntry entry(std::string_view written, ListAction action = ListAction::Block,
                std::optional<Timestamp> expires = {}) {
  auto read = read_entry(hosts(), written, {.match = {}, .otherwise = Match::Domain});
  EXPECT_TRUE(read.has_value()) << written;
  read->action = action;
  read->source = "company";
  read->expires = expires;
  return *read;
}

std::string found(const LinkLists& lists, std::string_view url) {
  const auto link = read_link(hosts(), url);
  EXPECT_TRUE(link.has_value()) << url;
  const auto entry = lists.find(*link, kNow);
  if (!entry) return "";
  return std::string(to_string(entry->action)) + " " + entry->pattern;
}

TEST(LinkLists, TheMostSpecificEntryDecides) {
  ListEntry only_host = entry("single.example.com");
  only_host.match = Match::Host;
  const auto lists =
      lists_of({entry("evil.com"), entry("good.evil.com", ListAction::Allow), entry("pages.net/bad/"),
                entry("pages.net/exact?q=1"), only_host, entry("192.0.2.1"), entry("both.com"),
                entry("both.com", ListAction::Allow), entry("gone.com", ListAction::Block, kNow),
                entry("soon.com", ListAction::Block, kNow + Milliseconds(1))});
  struct Row {
    std::string_view url;
    std::string_view expected;
  };
  for (const auto& row : std::vector<Row>{{"https://evil.com/", "block evil.com"},
                                          {"https://a.b.evil.com/x", "block evil.com"},
                                          {"https://notevil.com/", ""},
                                          {"https://evil.com.org/", ""},
                                          {"https://good.evil.com/", "allow good.evil.com"},
                                          {"https://x.good.evil.com/", "allow good.evil.com"},
                                          {"https://pages.net/bad/a/b?c", "block pages.net/bad/"},
                                          {"https://pages.net/bad/", "block pages.net/bad/"},
                                          {"https://pages.net/badly", ""},
                                          {"https://pages.net/", ""},
                                          {"https://pages.net/exact?q=1", "block pages.net/exact?q=1"},
                                          {"https://pages.net/exact?q=2", ""},
                                          {"https://single.example.com/", "block single.example.com"},
                                          {"https://x.single.example.com/", ""},
                                          {"http://3221225985/", "block 192.0.2.1"},
                                          {"https://both.com/", "block both.com"},
                                          {"https://gone.com/", ""},
                                          {"https://soon.com/", "block soon.com"}}) {
    EXPECT_EQ(found(*lists, row.url), row.expected) << row.url;
  }
  EXPECT_EQ(found(*lists_of({}), "https://evil.com/"), "");
}

TEST(LinkLists, ReadsEntriesAsPeopleWriteThem) {
  struct Row {
    std::string_view written;
    std::string_view pattern;  // empty: refused
    Match match;
  };
  for (const auto& row : std::vector<Row>{{"*.Evil.com", "evil.com", Match::Domain},
                                          {"||evil.com^", "evil.com", Match::Domain},
                                          {"https://evil.com", "evil.com", Match::Host},
                                          {"https://evil.com/pay/", "evil.com/pay/", Match::Path},
                                          {"evil。com", "evil.com", Match::Host},
                                          {"0x7f.1", "127.0.0.1", Match::Host},
                                          {"*.com", "", Match::Domain},
                                          {"", "", Match::Host},
                                          {"a b", "", Match::Host},
                                          {"https://u@evil.com", "", Match::Host}}) {
    const auto read = read_entry(hosts(), row.written, {.match = {}, .otherwise = Match::Host});
    ASSERT_EQ(read.has_value(), !row.pattern.empty()) << row.written;
    if (!read) continue;
    EXPECT_EQ(read->pattern, row.pattern) << row.written;
    EXPECT_EQ(read->match, row.match) << row.written;
  }
}

TEST(LinkLists, HoldsHundredsOfThousands) {
  LinkLists::Builder builder;
  constexpr int kEntries = 300'000;
  for (int i = 0; i < kEntries; ++i) {
    builder.add(
        {.match = Match::Domain, .pattern = "host" + std::to_string(i) + ".example", .source = "feed"});
  }
  const auto lists = std::move(builder).build();
  EXPECT_EQ(lists->size(), static_cast<std::size_t>(kEntries));
  EXPECT_LT(lists->memory_octets() / kEntries, 60U);
  EXPECT_EQ(found(*lists, "https://a.host299999.example/"), "block host299999.example");
  EXPECT_EQ(found(*lists, "https://a.host300000.example/"), "");
}

}  // namespace
}  // namespace kuramori::link_risk
