#include "approvals/engine.hpp"

#include <gtest/gtest.h>

namespace kuramori::approvals {
namespace {

UserId user(std::string_view name) {
  return UserId("@" + std::string(name) + ":example.org");
}

organisation::Person person(std::string_view name, std::string_view unit, std::string_view manager = "") {
  organisation::Person made;
  made.user = user(name);
  made.name = name;
  made.posts.push_back({std::string(unit), "staff"});
  if (!manager.empty()) made.manager = user(manager);
  return made;
}

// Company (head: chief) > sales (head: sara) > retail (vacant); aiko reports to bao, bao to sara.
struct World {
  organisation::Content content;
  std::vector<Delegation> delegations;
  std::vector<UserId> officers{user("officer")};
  std::vector<UserId> administrators{user("admin")};
  UserId owner;
  std::int64_t now_ms = 1'000'000;
  organisation::DirectoryPtr directory;

  World() {
    content.units.push_back({"company", organisation::UnitKind::LegalEntity, "Company", "", user("chief")});
    content.units.push_back({"sales", organisation::UnitKind::Department, "Sales", "company", user("sara")});
    content.units.push_back({"retail", organisation::UnitKind::Department, "Retail", "sales", UserId()});
    content.people = {person("chief", "company"),      person("sara", "sales"),
                      person("bao", "retail", "sara"), person("aiko", "retail", "bao"),
                      person("dora", "sales"),         person("eva", "sales")};
    content.people[4].roles = {"dpo"};
  }
  organisation::Person& at(std::string_view name) {
    for (organisation::Person& found : content.people) {
      if (found.name == name) return found;
    }
    ADD_FAILURE() << name;
    return content.people.front();
  }
  Around around() {
    auto checked = organisation::Directory::check(content);
    EXPECT_TRUE(checked.directory) << (checked.problems.empty() ? "" : checked.problems.front().message);
    directory = checked.directory;
    return {.directory = directory.get(),
            .delegations = delegations,
            .officers = officers,
            .administrators = administrators,
            .owner = owner,
            .now_ms = now_ms};
  }
};

Request request(std::string_view requester, std::string_view chain) {
  Request made;
  made.id = "r";
  made.kind = Kind::Message;
  made.requester = user(requester);
  made.chain = json::parse(chain)->as_array();
  made.created_ms = made.step_since_ms = 1'000'000;
  made.expires_ms = 2'000'000;
  return made;
}

using Names = std::vector<UserId>;

TEST(WhoIsAsked, ByTheStepOfTheChain) {
  World world;
  const Around around = world.around();
  struct Case {
    std::string_view requester;
    std::string_view chain;
    Names people;
  };
  for (const Case& c :
       {Case{"aiko", R"(["manager"])", {user("bao")}}, Case{"dora", R"(["manager"])", {user("sara")}},
        Case{"aiko", R"(["department_head"])", {user("sara")}},  // retail is vacant
        Case{"sara", R"(["department_head"])", {user("chief")}},
        Case{"sara", R"(["manager"])", {user("chief")}}, Case{"aiko", R"([{"role": "dpo"}])", {user("dora")}},
        Case{"dora", R"([{"role": "dpo"}])", {user("sara")}},  // himself: upwards
        Case{"aiko", R"(["owner"])", {user("bao")}},
        Case{"chief", R"(["manager"])", {user("officer")}},  // nobody above
        Case{"stranger", R"(["manager"])", {user("officer")}}}) {
    EXPECT_EQ(who_is_asked(request(c.requester, c.chain), around).people, c.people) << c.requester << c.chain;
  }
}

TEST(WhoIsAsked, TheOwnerOfTheRoomUnlessHeAsks) {
  World world;
  world.owner = user("eva");
  const Around around = world.around();
  EXPECT_EQ(who_is_asked(request("aiko", R"(["owner"])"), around).people, Names{user("eva")});
  EXPECT_EQ(who_is_asked(request("eva", R"(["owner"])"), around).people, Names{user("sara")});
}

TEST(WhoIsAsked, WhoIsAwayIsReplaced) {
  World world;
  world.at("bao").employment = organisation::Employment::OnLeave;
  EXPECT_EQ(who_is_asked(request("aiko", R"(["manager"])"), world.around()).people, Names{user("sara")});
  world.delegations = {{user("bao"), user("eva"), 0, 2'000'000}};
  EXPECT_EQ(who_is_asked(request("aiko", R"(["manager"])"), world.around()).people, Names{user("eva")});
  world.now_ms = 2'000'000;  // its time is over
  EXPECT_EQ(who_is_asked(request("aiko", R"(["manager"])"), world.around()).people, Names{user("sara")});
  world.now_ms = 1'000'000;
  world.delegations = {{user("bao"), user("aiko"), 0, 2'000'000}};  // to the requester: upwards
  EXPECT_EQ(who_is_asked(request("aiko", R"(["manager"])"), world.around()).people, Names{user("sara")});
}

TEST(WhoIsAsked, AdministratorsWhereThereIsNoOfficerAndNeverTheRequester) {
  World world;
  world.officers = {user("chief")};
  EXPECT_EQ(who_is_asked(request("chief", R"(["manager"])"), world.around()).people, Names{user("admin")});
  world.officers.clear();
  const Asked asked = who_is_asked(request("chief", R"(["manager"])"), world.around());
  EXPECT_EQ(asked.people, Names{user("admin")});
  EXPECT_TRUE(asked.is_fallback);
}

TEST(Decide, OneAfterAnother) {
  World world;
  const Around around = world.around();
  Request made = request("aiko", R"(["manager", "department_head"])");
  EXPECT_FALSE(decide(made, {user("sara"), Verdict::Approve, ""}, around));  // not yet his turn
  ASSERT_TRUE(decide(made, {user("bao"), Verdict::Approve, ""}, around));
  EXPECT_EQ(made.state, State::Waiting);
  EXPECT_EQ(made.step, 1U);
  ASSERT_TRUE(decide(made, {user("sara"), Verdict::Approve, ""}, around));
  EXPECT_EQ(made.state, State::Approved);
  EXPECT_EQ(decide(made, {user("sara"), Verdict::Refuse, ""}, around).error().code(), ErrorCode::Conflict);
}

TEST(Decide, NobodyAboutHisOwn) {
  World world;
  Request made = request("aiko", R"([{"people": ["@aiko:example.org", "@eva:example.org"], "of": 1}])");
  const Around around = world.around();
  EXPECT_EQ(who_is_asked(made, around).people, Names{user("eva")});
  EXPECT_EQ(decide(made, {user("aiko"), Verdict::Approve, ""}, around).error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(made.state, State::Waiting);
}

TEST(Decide, MOfNCountsEachOnce) {
  World world;
  const Around around = world.around();
  Request made = request(
      "aiko", R"([{"people": ["@dora:example.org", "@eva:example.org", "@sara:example.org"], "of": 2}])");
  ASSERT_TRUE(decide(made, {user("dora"), Verdict::Approve, ""}, around));
  EXPECT_EQ(decide(made, {user("dora"), Verdict::Approve, ""}, around).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(made.state, State::Waiting);
  ASSERT_TRUE(decide(made, {user("sara"), Verdict::Approve, ""}, around));
  EXPECT_EQ(made.state, State::Approved);
}

TEST(Decide, ARefusalEndsIt) {
  World world;
  Request made = request("aiko", R"(["manager", "department_head"])");
  ASSERT_TRUE(decide(made, {user("bao"), Verdict::Refuse, "too soon"}, world.around()));
  EXPECT_EQ(made.state, State::Refused);
  EXPECT_EQ(made.decisions.back().reason, "too soon");
}

TEST(Decide, AStepThatAsksTheSamePersonAgainIsSatisfied) {
  World world;
  Request made = request("dora", R"(["manager", "department_head"])");  // sara is both
  ASSERT_TRUE(decide(made, {user("sara"), Verdict::Approve, ""}, world.around()));
  EXPECT_EQ(made.state, State::Approved);
}

TEST(Decide, AGeneralGrantHoldsForItsTime) {
  World world;
  Request made = request("aiko", R"(["manager"])");
  made.kind = Kind::General;
  made.grant_ms = 5'000;
  ASSERT_TRUE(decide(made, {user("bao"), Verdict::Approve, ""}, world.around()));
  EXPECT_EQ(made.grant_until_ms, 1'005'000);
  EXPECT_FALSE(advance(made, 1'004'999, {}));
  EXPECT_TRUE(advance(made, 1'005'000, {}));
  EXPECT_EQ(made.state, State::Ended);
}

TEST(Advance, EscalatesToTheSuperiorThenExpires) {
  World world;
  Request made = request("aiko", R"(["manager"])");
  const Limits limits{.escalate_ms = 100'000};
  EXPECT_FALSE(advance(made, 1'099'999, limits));
  EXPECT_TRUE(advance(made, 1'100'000, limits));
  EXPECT_EQ(who_is_asked(made, world.around()).people, (Names{user("bao"), user("sara")}));
  EXPECT_FALSE(advance(made, 1'150'000, limits));
  EXPECT_TRUE(advance(made, 1'200'000, limits));
  EXPECT_EQ(who_is_asked(made, world.around()).people, (Names{user("bao"), user("sara"), user("chief")}));
  EXPECT_TRUE(advance(made, 2'000'000, limits));
  EXPECT_EQ(made.state, State::Expired);
  EXPECT_FALSE(advance(made, 3'000'000, limits));
}

TEST(Request, IsTheSameAfterStorage) {
  Request made = request("aiko", R"(["manager", {"role": "dpo"}])");
  made.rules = {"a", "b"};
  made.step = 1;
  made.escalations = 2;
  made.sequence = 77;
  made.digest = "abc";
  made.transaction = "t1";
  made.decisions.push_back({0, user("bao"), Verdict::Approve, "fine", 5});
  const auto back = from_detail(to_detail(made));
  ASSERT_TRUE(back);
  EXPECT_EQ(json::serialize(to_detail(*back)), json::serialize(to_detail(made)));
  EXPECT_EQ(back->decisions, made.decisions);
  EXPECT_EQ(back->kind, Kind::Message);
}

}  // namespace
}  // namespace kuramori::approvals
