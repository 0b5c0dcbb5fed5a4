#include "audience/audience.hpp"

#include <gtest/gtest.h>

namespace kuramori::audience {
namespace {

using governance::Destination;
using organisation::ContactKind;
using organisation::UnitKind;

organisation::DirectoryPtr company() {
  organisation::Content content;
  content.units = {{"corp", UnitKind::LegalEntity, "Corp", "", {}},
                   {"sales", UnitKind::Department, "Sales", "corp", {}},
                   {"sales-hk", UnitKind::Department, "Sales HK", "sales", {}},
                   {"lab", UnitKind::Department, "Research", "corp", {}}};
  const auto person = [&](const char* user, const char* unit) {
    organisation::Person someone;
    someone.user = UserId(user);
    someone.name = user;
    someone.posts = {{unit, "staff"}};
    content.people.push_back(std::move(someone));
  };
  person("@aiko:corp.example", "sales");
  person("@bo:corp.example", "sales-hk");
  person("@chan:corp.example", "lab");
  content.contacts = {
      {UserId("@pat:corp.example"), "Pat", "Partner Ltd", ContactKind::Partner, UserId("@aiko:corp.example")},
      {UserId("@cus:other.example"), "Cus", "Customer KK", ContactKind::Customer,
       UserId("@aiko:corp.example")}};
  auto checked = organisation::Directory::check(std::move(content));
  EXPECT_TRUE(checked.directory != nullptr) << (checked.problems.empty() ? "" : checked.problems[0].message);
  return checked.directory;
}

TEST(Audience, TheFarthestReaderCounts) {
  const auto directory = company();
  const auto place = [&](const char* user) { return place_in(*directory, "corp.example", user); };
  struct Case {
    std::vector<const char*> people;
    const char* sender;
    Destination expected;
  };
  const Case cases[] = {
      {{"@aiko:corp.example"}, "@aiko:corp.example", Destination::OwnDepartment},
      {{"@aiko:corp.example", "@bo:corp.example"}, "@aiko:corp.example", Destination::OwnDepartment},
      {{"@aiko:corp.example", "@bo:corp.example"}, "@bo:corp.example", Destination::OwnDepartment},
      {{"@aiko:corp.example", "@chan:corp.example"}, "@aiko:corp.example", Destination::OtherDepartment},
      {{"@aiko:corp.example", "@pat:corp.example"}, "@aiko:corp.example", Destination::Partner},
      {{"@aiko:corp.example", "@pat:corp.example", "@cus:other.example"},
       "@aiko:corp.example",
       Destination::Customer},
      {{"@aiko:corp.example", "@cus:other.example", "@x:corp.example"},
       "@aiko:corp.example",
       Destination::Outside},
      {{"@aiko:corp.example", "@cus:other.example"}, "@cus:other.example", Destination::OtherDepartment},
      {{"@x:corp.example", "@aiko:corp.example"}, "@x:corp.example", Destination::OtherDepartment},
  };
  for (const Case& one : cases) {
    Audience audience;
    for (const char* user : one.people) audience.add(place(user));
    EXPECT_EQ(audience.farthest_from(place(one.sender), *directory), one.expected)
        << one.sender << " of " << one.people.size();
  }
}

TEST(Audience, WhoLeavesDoesNotCountAnyMore) {
  const auto directory = company();
  const auto place = [&](const char* user) { return place_in(*directory, "corp.example", user); };
  Audience audience;
  for (const char* user : {"@aiko:corp.example", "@chan:corp.example", "@x:evil.example"})
    audience.add(place(user));
  EXPECT_EQ(audience.farthest_from(place("@aiko:corp.example"), *directory), Destination::Outside);
  audience.remove(place("@x:evil.example"));
  EXPECT_EQ(audience.farthest_from(place("@aiko:corp.example"), *directory), Destination::OtherDepartment);
  audience.remove(place("@chan:corp.example"));
  EXPECT_EQ(audience.farthest_from(place("@aiko:corp.example"), *directory), Destination::OwnDepartment);
}

TEST(Audience, WithoutAnOrganisationTheServerIsTheCompany) {
  const auto empty = organisation::Directory::check({}).directory;
  ASSERT_NE(empty, nullptr);
  EXPECT_EQ(place_in(*empty, "corp.example", "@a:corp.example").kind, Place::Kind::Colleague);
  EXPECT_EQ(place_in(*empty, "corp.example", "@a:else.example").kind, Place::Kind::Outside);
}

}  // namespace
}  // namespace kuramori::audience
