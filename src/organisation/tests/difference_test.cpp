#include "organisation/difference.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sample.hpp"

namespace kuramori::organisation {
namespace {

TEST(Difference, TheSameDiffersInNothing) {
  EXPECT_TRUE(difference(sample(), sample()).is_empty());
  Content turned = sample();
  std::ranges::reverse(turned.people);
  EXPECT_TRUE(difference(sample(), turned).is_empty());
}

TEST(Difference, TellsEveryFieldThatChanged) {
  Content after = sample();
  std::erase_if(after.people, [](const Person& p) { return p.user == at("seth"); });
  after.people.push_back(person("new", "research", "rin"));
  Person& sally = *std::ranges::find(after.people, at("sally"), &Person::user);
  sally.posts.push_back({.unit = "jp-sales", .title = "Deputy"});
  sally.region = "JP-13";
  const Difference told = difference(sample(), after);
  EXPECT_EQ(told.added, 1U);
  EXPECT_EQ(told.changed, 1U);
  EXPECT_EQ(told.removed, 1U);
  ASSERT_EQ(told.changes.size(), 3U);
  EXPECT_EQ(told.changes[0].id, "@new:kura.example");
  EXPECT_EQ(told.changes[1].id, "@sally:kura.example");
  EXPECT_EQ(told.changes[1].fields,
            (std::vector<FieldChange>{{"posts", "sales-asia", "sales-asia; jp-sales (Deputy)"},
                                      {"region", "HK", "JP-13"}}));
  EXPECT_EQ(told.changes[2].kind, Change::Kind::Removed);
  EXPECT_EQ(told.changes[2].id, "@seth:kura.example");
}

TEST(Difference, TheOrderOfRulesCounts) {
  Content before = sample();
  before.visibility = {{.id = "a", .who = {}, .whom = {}}, {.id = "b", .who = {}, .whom = {}}};
  Content after = before;
  std::swap(after.visibility[0], after.visibility[1]);
  const Difference told = difference(before, after);
  ASSERT_EQ(told.changed, 2U);
  EXPECT_EQ(told.changes[0].fields, (std::vector<FieldChange>{{"place", "1", "2"}}));
}

}  // namespace
}  // namespace kuramori::organisation
