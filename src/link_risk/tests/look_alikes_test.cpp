#include "link_risk/look_alikes.hpp"

#include <gtest/gtest.h>

#include "link_risk_samples.hpp"

namespace kuramori::link_risk {
namespace {

using testing::hosts;

std::string judged(const LookAlikes& names, std::string_view written) {
  const auto host = hosts().read(written);
  EXPECT_TRUE(host.has_value()) << written;
  const auto pose = names.judge(*host);
  if (!pose) return "";
  switch (pose->kind) {
    case PoseKind::Confusable:
      return "confusable " + pose->name;
    case PoseKind::Misspelt:
      return "misspelt " + pose->name;
    case PoseKind::OtherSuffix:
      return "suffix " + pose->name;
    case PoseKind::NameInside:
      return "inside " + pose->name;
    case PoseKind::MixedScripts:
      return "mixed";
  }
  return "?";
}

TEST(LookAlikes, FindsWhatPosesAsAProtectedName) {
  const std::vector<std::string> protected_names{"example.com", "harbour-bank.com.hk", "abc.jp", "paypal.com",
                                                 "not a host"};
  const LookAlikes names(hosts(), protected_names);
  EXPECT_EQ(names.size(), 4U);
  struct Row {
    std::string_view host;
    std::string_view expected;
  };
  for (const auto& row : std::vector<Row>{
           {"example.com", ""},
           {"www.example.com", ""},
           {"unrelated.org", ""},
           {"examp1e.com", "confusable example.com"},
           {"ехаmple.com", "confusable example.com"},       // Cyrillic е and х, а
           {"аbс.jp", "confusable abc.jp"},                 // Cyrillic а and с
           {"xn--pypal-4ve.com", "confusable paypal.com"},  // Cyrillic а
           {"exarnple.com", "confusable example.com"},      // r and n
           {"exmaple.com", "misspelt example.com"},
           {"exemple.com", "misspelt example.com"},
           {"harbor-bank.com.hk", "misspelt harbour-bank.com.hk"},
           {"haorbur-bank.com.hk", "misspelt harbour-bank.com.hk"},
           {"abd.jp", ""},  // too short to tell from other words
           {"example.net", "suffix example.com"},
           {"abc.com", ""},
           {"example.com.evil.net", "inside example.com"},
           {"www.example.com-login.evil.net", "inside example.com"},
           {"example.evil.net", "inside example.com"},
           {"secure-example.net", "inside example.com"},
           {"my-harbour-bank-login.net", "inside harbour-bank.com.hk"},
           {"counterexamples.net", ""},
           {"аpple-раy.org", "mixed"},
           {"日本go.jp", ""},
           {"bücher.de", ""},
           {"192.0.2.1", ""},
       }) {
    EXPECT_EQ(judged(names, row.host), row.expected) << row.host;
  }
}

TEST(LookAlikes, WithoutNamesMixedScriptsAreStillTold) {
  const LookAlikes names(hosts(), {});
  EXPECT_EQ(judged(names, "pаypal.com"), "mixed");
  EXPECT_EQ(judged(names, "paypal.com"), "");
}

TEST(EditDistance, CountsUpToABound) {
  struct Row {
    std::u32string_view one;
    std::u32string_view other;
    std::size_t expected;  // with at most 2
  };
  for (const auto& row : std::vector<Row>{{U"", U"", 0},
                                          {U"abc", U"abc", 0},
                                          {U"abc", U"acb", 1},
                                          {U"abc", U"ab", 1},
                                          {U"abc", U"xbc", 1},
                                          {U"abcd", U"badc", 2},
                                          {U"abcd", U"dcba", 3},
                                          {U"a", U"abcd", 3}}) {
    EXPECT_EQ(edit_distance(row.one, row.other, 2), row.expected);
    EXPECT_EQ(edit_distance(row.other, row.one, 2), row.expected);
  }
}

}  // namespace
}  // namespace kuramori::link_risk
