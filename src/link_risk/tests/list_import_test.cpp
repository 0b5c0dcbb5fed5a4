#include "link_risk/list_import.hpp"

#include <gtest/gtest.h>

#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using testing::hosts;

std::string summary(const ImportedList& list) {
  std::string text;
  for (const ListEntry& entry : list.entries) {
    text += std::string(to_string(entry.action)) + " " + std::string(to_string(entry.match)) + " " +
            entry.pattern + "\n";
  }
  for (const BadLine& line : list.bad_lines) text += "bad " + std::to_string(line.line) + "\n";
  return text;
}

TEST(ListImport, ReadsHostsFiles) {
  const auto list =
      import_list(hosts(),
                  "\xEF\xBB\xBF# comment\n127.0.0.1 localhost\r\n0.0.0.0 Evil.com www.evil.com # more\n"
                  "\n0.0.0.0\tevil.com\n0.0.0.0\n0.0.0.0 a/b\n::1 ip6-localhost",
                  {.format = ListFormat::HostsFile});
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(summary(*list), "block host evil.com\nblock host www.evil.com\nbad 6\nbad 7\n");
}

TEST(ListImport, ReadsLists) {
  const auto list =
      import_list(hosts(), "! title\nevil.com\n*.bad.org\nhttps://pages.net/x#y\n||ads.net^\n@@ok.com\ncom\n",
                  {.format = ListFormat::Domains, .action = ListAction::Allow});
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(summary(*list),
            "allow domain evil.com\nallow domain bad.org\nallow path pages.net/x\nallow domain ads.net\nbad "
            "6\nbad 7\n");
}

TEST(ListImport, ReadsTables) {
  const auto list =
      import_list(hosts(),
                  "pattern,match,action,reason,expires\nevil.com,host,block,\"phishing, again\",2030-01-02\n"
                  "ok.com,,allow,,2030-01-02T03:04:05Z\nx.com,some,,,\ny.com,,,,soon\nz.com,path,,,\n",
                  {.format = ListFormat::Csv, .source = "feed"});
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(summary(*list), "block host evil.com\nallow domain ok.com\nbad 4\nbad 5\nbad 6\n");
  EXPECT_EQ(list->entries[0].reason, "phishing, again");
  EXPECT_EQ(list->entries[0].source, "feed");
  EXPECT_EQ(to_rfc3339(*list->entries[0].expires), "2030-01-02T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(*list->entries[1].expires), "2030-01-02T03:04:05.000Z");
  EXPECT_FALSE(import_list(hosts(), "host\nevil.com\n", {.format = ListFormat::Csv}).has_value());
}

TEST(ListImport, IsBounded) {
  std::string bad;
  for (int i = 0; i < 500; ++i) bad += "a b\n";
  const auto list = import_list(hosts(), bad, {.format = ListFormat::Domains});
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(list->bad, 500U);
  EXPECT_EQ(list->bad_lines.size(), ImportedList::kBadLinesMax);
  EXPECT_FALSE(
      import_list(hosts(), "a.com\nb.com\n", {.format = ListFormat::Domains, .entries_max = 1}).has_value());
  EXPECT_FALSE(
      import_list(hosts(), "a.com\nb.com\n", {.format = ListFormat::Domains, .octets_max = 4}).has_value());
}

TEST(ListImport, ReadsTimes) {
  EXPECT_TRUE(read_time("2026-02-28").has_value());
  for (const std::string_view wrong :
       {"2026-02-29", "2026-13-01", "", "2026", "2026-01-01T25:00:00Z", "2026-01-01 00:00:00Z"}) {
    EXPECT_FALSE(read_time(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace kuramori::link_risk
