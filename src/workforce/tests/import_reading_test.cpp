#include "workforce/import_reading.hpp"

#include <gmock/gmock.h>

namespace kuramori::workforce {
namespace {

using organisation::Content;
using organisation::Problem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Content base() {
  Content content;
  content.units = {{.id = "hk",
                    .kind = organisation::UnitKind::LegalEntity,
                    .name = "Hong Kong",
                    .parent = "",
                    .head = UserId("@chief:kura.example")}};
  organisation::Person chief;
  chief.user = UserId("@chief:kura.example");
  chief.name = "Chief";
  chief.posts = {{.unit = "hk", .title = "Director"}};
  content.people = {std::move(chief)};
  return content;
}

TEST(ImportReading, ATableReplacesItsKindAndLeavesTheOthers) {
  const ReadContent read = read_tables(
      base(),
      {.people = "user,name,unit,title\n@chief:kura.example,Chief,hk,\n@aiko:kura.example,Aiko,hk,Clerk\n"});
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.content.units, base().units);
  ASSERT_EQ(read.content.people.size(), 2U);
  EXPECT_EQ(read.content.people[1].name, "Aiko");
  EXPECT_EQ(read.content.people[0].posts.front().title, "");
}

TEST(ImportReading, AProblemOfATableNamesTheTableAndTheLine) {
  const ReadContent read =
      read_tables(base(), {.units = "id,name\nhk,\n", .contacts = "user,name,owner\nnobody,Buyer,\n"});
  std::vector<std::string> subjects;
  for (const Problem& problem : read.problems) subjects.push_back(problem.subject);
  EXPECT_THAT(subjects, ElementsAre("units, line 2", "contacts, line 2", "contacts, line 2"));
}

TEST(ImportReading, AProblemOfADocumentNamesItsPlace) {
  const ReadContent read = read_document("{\"version\": 1,\n \"units\": [{\"id\": \"hk\"}]}");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_THAT(read.problems.front().subject, ::testing::StartsWith("line 2, column "));
  EXPECT_THAT(read.problems.front().message, ::testing::HasSubstr("/units/0"));
}

TEST(ImportReading, ADocumentIsReadWhole) {
  const ReadContent read = read_document(
      R"({"version":1,"units":[{"id":"hk","kind":"legal_entity","name":"Hong Kong"}],
          "people":[{"user":"@chief:kura.example","name":"Chief","posts":[{"unit":"hk"}]}]})");
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.content.units.size(), 1U);
  EXPECT_EQ(read.content.people.size(), 1U);
}

}  // namespace
}  // namespace kuramori::workforce
