#include "organisation/directory.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace kuramori::organisation {
namespace {

DirectoryPtr directory(Content content) {
  Checked checked = Directory::check(std::move(content));
  for (const Problem& problem : checked.problems) ADD_FAILURE() << problem.subject << ": " << problem.message;
  return checked.directory;
}

Person& one(Content& content, std::string_view name) {
  return *std::ranges::find(content.people, at(name), &Person::user);
}

TEST(Directory, UnitsLieWithinOneAnother) {
  const DirectoryPtr sample = directory(organisation::sample());
  struct Case {
    std::string_view unit, ancestor;
    bool is_within;
  };
  for (const Case& c : {Case{"sales-asia", "sales", true},
                        {"sales-asia", "hk", true},
                        {"sales", "sales", true},
                        {"sales", "sales-asia", false},
                        {"jp-sales", "hk", true},
                        {"jp-sales", "sales", false},
                        {"nothing", "hk", false},
                        {"sales", "nothing", false}}) {
    EXPECT_EQ(sample->is_within(c.unit, c.ancestor), c.is_within) << c.unit << " in " << c.ancestor;
  }
}

TEST(Directory, WhoWorksWhere) {
  Content content = sample();
  one(content, "ray").posts.push_back({.unit = "jp-sales", .title = "adviser"});
  one(content, "seth").employment = Employment::Left;
  const DirectoryPtr changed = directory(std::move(content));
  EXPECT_TRUE(changed->works_in(at("ray"), "research"));
  EXPECT_TRUE(changed->works_in(at("ray"), "jp"));
  EXPECT_FALSE(changed->works_in(at("ray"), "sales"));
  EXPECT_FALSE(changed->works_in(at("seth"), "sales-asia"));
  EXPECT_FALSE(changed->works_in(UserId("@buyer:client.example"), "hk"));
  EXPECT_TRUE(changed->has_role(at("ray"), "engineer"));
  EXPECT_FALSE(changed->has_role(at("ray"), "auditor"));
}

TEST(Directory, TheLegalEntityIsTheNearestAbove) {
  const DirectoryPtr sample = directory(organisation::sample());
  EXPECT_EQ(sample->legal_entity_of(at("seth"))->id, "hk");
  EXPECT_EQ(sample->legal_entity_of(at("jo"))->id, "jp");
  EXPECT_EQ(sample->legal_entity_of(UserId("@buyer:client.example")), nullptr);
}

TEST(Directory, SuperiorsResolveUpwards) {
  struct Case {
    std::string_view what, user, superior;
    void (*change)(Content&);
  };
  const auto nothing = [](Content&) {};
  for (const Case& c : {
           Case{"the manager", "seth", "sally", nothing},
           {"a vacant head: the next above", "sally", "sam", nothing},
           {"a head's superior is the head above", "sam", "chief", nothing},
           {"the top has none", "chief", "", nothing},
           {"a manager on leave is passed over", "seth", "sam",
            [](Content& content) { one(content, "sally").employment = Employment::OnLeave; }},
           {"a manager on leave has a manager", "seth", "rin",
            [](Content& content) {
              one(content, "sally").employment = Employment::OnLeave;
              one(content, "sally").manager = at("rin");
            }},
           {"a suspended head is passed over", "sally", "chief",
            [](Content& content) { one(content, "sam").employment = Employment::Suspended; }},
           {"across legal entities", "jun", "shacho", nothing},
       }) {
    Content content = sample();
    c.change(content);
    const UserId superior = directory(std::move(content))->superior_of(at(c.user));
    EXPECT_EQ(superior, c.superior.empty() ? UserId() : at(c.superior)) << c.what;
  }
}

TEST(Directory, TheChainOfCommandEndsAtTheTop) {
  const DirectoryPtr sample = directory(organisation::sample());
  EXPECT_EQ(sample->chain_of_command(at("seth")), (std::vector<UserId>{at("sally"), at("sam"), at("chief")}));
  EXPECT_EQ(sample->chain_of_command(at("jo")), (std::vector<UserId>{at("jun"), at("shacho"), at("chief")}));
  EXPECT_TRUE(sample->chain_of_command(at("chief")).empty());
  EXPECT_TRUE(sample->chain_of_command(at("stranger")).empty());
}

// Heads and managers may point at each other without any circle among managers alone.
TEST(Directory, TheChainOfCommandNeverRepeats) {
  Content content = sample();
  one(content, "sam").manager = at("sally");
  const auto chain = directory(std::move(content))->chain_of_command(at("seth"));
  EXPECT_EQ(chain, (std::vector<UserId>{at("sally"), at("sam")}));
}

TEST(Directory, WithoutRulesColleaguesSeeEachOtherAndContactsTheirOwner) {
  const DirectoryPtr sample = directory(organisation::sample());
  const UserId buyer("@buyer:client.example");
  const UserId maker("@maker:partner.example");
  struct Case {
    UserId viewer, target;
    bool allowed;
  };
  for (const Case& c : {Case{at("seth"), at("jo"), true},
                        {at("sally"), buyer, true},
                        {buyer, at("sally"), true},
                        {at("seth"), buyer, false},
                        {buyer, at("seth"), false},
                        {buyer, maker, false},
                        {at("seth"), at("stranger"), false},
                        {at("stranger"), at("seth"), false},
                        {buyer, buyer, true}}) {
    EXPECT_EQ(sample->may_find(c.viewer, c.target), c.allowed) << c.viewer << " " << c.target;
    EXPECT_EQ(sample->may_contact(c.viewer, c.target), c.allowed) << c.viewer << " " << c.target;
  }
}

TEST(Directory, TheFirstRuleThatFitsDecides) {
  using Kind = Selector::Kind;
  Content content = sample();
  content.visibility = {
      {.id = "auditors-see-all",
       .who = {Kind::Role, "auditor"},
       .whom = {Kind::Everybody, ""},
       .may_find = true},
      {.id = "research-is-shut", .who = {Kind::Employees, ""}, .whom = {Kind::Unit, "research"}},
      {.id = "sales-share-customers",
       .who = {Kind::Unit, "sales"},
       .whom = {Kind::Customers, ""},
       .may_find = true,
       .may_contact = true},
  };
  const DirectoryPtr ruled = directory(std::move(content));
  const UserId buyer("@buyer:client.example");
  EXPECT_TRUE(ruled->may_find(at("jo"), at("ray")));
  EXPECT_FALSE(ruled->may_contact(at("jo"), at("ray")));
  EXPECT_FALSE(ruled->may_find(at("sam"), at("ray")));
  EXPECT_FALSE(ruled->may_find(at("rin"), at("ray")));
  EXPECT_TRUE(ruled->may_contact(at("seth"), buyer));
  EXPECT_FALSE(ruled->may_contact(at("jun"), buyer));
  EXPECT_TRUE(ruled->may_contact(at("seth"), at("jun")));
}

}  // namespace
}  // namespace kuramori::organisation
