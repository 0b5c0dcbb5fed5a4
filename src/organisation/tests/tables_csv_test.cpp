#include "organisation/tables_csv.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace kuramori::organisation {
namespace {

TEST(TablesCsv, UnitsPeopleAndContactsAreRead) {
  const auto units = parse_units(
      "id,kind,name,parent,head\nhk,legal_entity,倉守香港,,\nsales,,Sales,hk,@sam:kura.example\n");
  ASSERT_TRUE(units.problems.empty());
  ASSERT_EQ(units.entries.size(), 2U);
  EXPECT_EQ(units.entries[0].kind, UnitKind::LegalEntity);
  EXPECT_EQ(units.entries[1].head, at("sam"));

  const auto people = parse_people(
      "user,name,unit,title,roles,employment\n"
      "@sam:kura.example,\"Sam, Lee\",sales,Head,approver; auditor,active\n"
      "@sam:kura.example,\"Sam, Lee\",hk,Board,approver; auditor,active\n"
      "@old:kura.example,Old,,,,left\n");
  ASSERT_TRUE(people.problems.empty()) << people.problems[0].message;
  ASSERT_EQ(people.entries.size(), 2U);
  EXPECT_EQ(people.entries[0].posts, (std::vector<Post>{{"sales", "Head"}, {"hk", "Board"}}));
  EXPECT_EQ(people.entries[0].roles, (std::vector<std::string>{"approver", "auditor"}));
  EXPECT_EQ(people.entries[1].employment, Employment::Left);

  const auto contacts =
      parse_contacts("user,name,company,kind,owner\n@b:c.example,B,C,partner,@sam:kura.example\n");
  ASSERT_TRUE(contacts.problems.empty());
  EXPECT_EQ(contacts.entries[0].kind, ContactKind::Partner);
}

TEST(TablesCsv, EveryMistakeNamesItsLine) {
  const auto people = parse_people(
      "user,name,unit,region,employment\n"
      "sam,Sam,sales,HK,active\n"
      "@a:kura.example,,sales,Hong Kong,retired\n"
      "@b:kura.example,B,sales,HK,active\n"
      "@b:kura.example,Bee,research,HK,active\n");
  std::vector<std::string> told;
  for (const Problem& problem : people.problems) told.push_back(problem.subject + ": " + problem.message);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "line 2: user must be a user ID such as @aiko:example.org", "line 3: name is missing",
                      "line 3: employment must be active, on_leave, suspended or left",
                      "line 3: region must be an ISO 3166 code such as HK or CN-SH",
                      "line 5: tells something else of @b:kura.example than an earlier line"}));
}

TEST(TablesCsv, AHeaderThatDoesNotFitIsRefusedAsAWhole) {
  const auto people = parse_people("user,nmae\n@a:kura.example,A\n");
  ASSERT_EQ(people.problems.size(), 2U);
  EXPECT_EQ(people.problems[0], (Problem{"line 1", "there is no column 'name'"}));
  EXPECT_EQ(people.problems[1], (Problem{"line 1", "the column 'nmae' is not known"}));
  EXPECT_TRUE(people.entries.empty());
  EXPECT_EQ(parse_people("").problems[0].subject, "file");
}

}  // namespace
}  // namespace kuramori::organisation
