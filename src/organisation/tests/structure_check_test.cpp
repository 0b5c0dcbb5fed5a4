#include <gtest/gtest.h>

#include <algorithm>

#include "organisation/directory.hpp"
#include "sample.hpp"

namespace kuramori::organisation {
namespace {

Unit& unit(Content& content, std::string_view id) {
  return *std::ranges::find(content.units, id, &Unit::id);
}
Person& person_in(Content& content, std::string_view name) {
  return *std::ranges::find(content.people, at(name), &Person::user);
}

TEST(StructureCheck, ASoundOrganisationHasNoProblems) {
  EXPECT_TRUE(problems_of(sample()).empty());
  EXPECT_TRUE(problems_of(Content()).empty());
}

struct Case {
  std::string_view subject, message;
  void (*spoil)(Content&);
};

class Spoilt : public ::testing::TestWithParam<Case> {};

TEST_P(Spoilt, IsTold) {
  Content content = sample();
  GetParam().spoil(content);
  const auto problems = problems_of(content);
  ASSERT_EQ(problems.size(), 1U) << GetParam().message;
  EXPECT_EQ(problems[0].subject, GetParam().subject);
  EXPECT_NE(problems[0].message.find(GetParam().message), std::string::npos) << problems[0].message;
  EXPECT_EQ(Directory::check(std::move(content)).directory, nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Contents, Spoilt,
    ::testing::Values(
        Case{"unit sales", "appears more than once", [](Content& c) { c.units.push_back(unit(c, "sales")); }},
        Case{"unit research", "belongs to nothing", [](Content& c) { unit(c, "research").parent = ""; }},
        Case{"unit research", "parent 'nowhere', which does not exist",
             [](Content& c) { unit(c, "research").parent = "nowhere"; }},
        Case{"unit jp", "cannot belong to the department 'research'",
             [](Content& c) { unit(c, "jp").parent = "research"; }},
        Case{"unit sales", "who does not work here",
             [](Content& c) { unit(c, "sales").head = UserId("@buyer:client.example"); }},
        Case{"unit sales", "who does not work here",
             [](Content& c) { person_in(c, "sam").employment = Employment::Left; }},
        Case{"units", "in a circle: sales → sales-asia → sales",
             [](Content& c) { unit(c, "sales").parent = "sales-asia"; }},
        Case{"units", "in a circle: sales → sales", [](Content& c) { unit(c, "sales").parent = "sales"; }},
        Case{"person @ray:kura.example", "appears more than once",
             [](Content& c) { c.people.push_back(person_in(c, "ray")); }},
        Case{"person @ray:kura.example", "has no post",
             [](Content& c) { person_in(c, "ray").posts.clear(); }},
        Case{"person @ray:kura.example", "works in 'nowhere'",
             [](Content& c) { person_in(c, "ray").posts[0].unit = "nowhere"; }},
        Case{"person @ray:kura.example", "own manager",
             [](Content& c) { person_in(c, "ray").manager = at("ray"); }},
        Case{"person @ray:kura.example", "'@nobody:kura.example', who does not work here",
             [](Content& c) { person_in(c, "ray").manager = at("nobody"); }},
        Case{"people", "in a circle: @jo:kura.example → @jun:kura.example → @jo:kura.example",
             [](Content& c) { person_in(c, "jun").manager = at("jo"); }},
        Case{"contact @ray:kura.example", "is an employee too",
             [](Content& c) { c.contacts[0].user = at("ray"); }},
        Case{"contact @maker:partner.example", "appears more than once",
             [](Content& c) { c.contacts[0].user = c.contacts[1].user; }},
        Case{"contact @buyer:client.example", "who does not work here",
             [](Content& c) { c.contacts[0].owner = at("nobody"); }},
        Case{"visibility rule a", "the unit 'nowhere', which does not exist",
             [](Content& c) {
               c.visibility.push_back({.id = "a", .who = {Selector::Kind::Unit, "nowhere"}, .whom = {}});
             }},
        Case{"visibility rule a", "the role 'king', which nobody has", [](Content& c) {
               c.visibility.push_back({.id = "a", .who = {}, .whom = {Selector::Kind::Role, "king"}});
             }}));

TEST(StructureCheck, TellsEveryProblemUpToABound) {
  Content content = sample();
  for (std::size_t i = 0; i < 500; ++i) content.people.push_back(person("p" + std::to_string(i), "nowhere"));
  EXPECT_EQ(problems_of(content).size(), Bounds::kProblems);
}

TEST(StructureCheck, ALineOfManagersHasABound) {
  Content content = sample();
  for (std::size_t i = 0; i <= Bounds::kDepth; ++i)
    content.people.push_back(
        person("p" + std::to_string(i), "sales", i == 0 ? "" : "p" + std::to_string(i - 1)));
  const auto problems = problems_of(content);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].message.find("deeper than 64"), std::string::npos) << problems[0].message;
  content.people.pop_back();
  EXPECT_TRUE(problems_of(content).empty());
}

}  // namespace
}  // namespace kuramori::organisation
