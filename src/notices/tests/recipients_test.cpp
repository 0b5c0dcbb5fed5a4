#include "notices/recipients.hpp"

#include <gmock/gmock.h>

#include "notices/tests/company.hpp"

namespace kuramori::notices {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> told(std::vector<std::string> names, std::string_view who,
                              std::string_view owner = "") {
  const auto directory = testing::company();
  const Scene scene{.directory = *directory, .who = UserId(who), .owner = UserId(owner)};
  std::vector<std::string> people;
  for (const UserId& person : recipients_of(names, scene)) people.push_back(person.str());
  return people;
}

TEST(Recipients, AreLookedUpInTheOrganisation) {
  EXPECT_THAT(told({"manager"}, "@aiko:example.org"), ElementsAre("@mia:example.org"));
  EXPECT_THAT(told({"manager"}, "@mia:example.org"), ElementsAre("@boss:example.org"));
  EXPECT_THAT(told({"department_head"}, "@mia:example.org"), ElementsAre("@boss:example.org"));
  EXPECT_THAT(told({"role:counsel"}, "@aiko:example.org"), ElementsAre("@ken:example.org"));
  EXPECT_THAT(told({"owner"}, "@aiko:example.org", "@ken:example.org"), ElementsAre("@ken:example.org"));
  EXPECT_THAT(told({"@dpo:example.org"}, "@aiko:example.org"), ElementsAre("@dpo:example.org"));
}

TEST(Recipients, AreNamedOnceAndNeverWhoActed) {
  EXPECT_THAT(told({"manager", "department_head", "@mia:example.org"}, "@aiko:example.org"),
              ElementsAre("@mia:example.org"));
  EXPECT_THAT(told({"role:counsel", "@ken:example.org", "owner"}, "@ken:example.org", "@ken:example.org"),
              IsEmpty());
  EXPECT_THAT(told({"manager", "owner"}, "@stranger:elsewhere.org"), IsEmpty());
}

}  // namespace
}  // namespace kuramori::notices
