#include "governance/obligations.hpp"

#include <gmock/gmock.h>

#include "governance/compiled_policy.hpp"

namespace kuramori::governance {
namespace {

using ::testing::HasSubstr;

std::string policy_with(std::string_view obligations, std::string_view operations = R"(["room.send"])") {
  return R"({"format":1,"name":"p","rules":[{"id":"r","description":"d","operations":)" +
         std::string(operations) + R"(,"effect":"allow","obligations":)" + std::string(obligations) + "}]}";
}

std::vector<Issue> issues_of(std::string_view obligations, std::string_view operations = R"(["room.send"])") {
  return parse_policy(policy_with(obligations, operations)).issues;
}

TEST(Obligations, MistakesAreToldWithTheirPlace) {
  struct Case {
    std::string obligations;
    std::string pointer;
    std::string message;
  };
  const Case cases[] = {
      {R"([{"notify":"manager"}])", "/notify", "must be"},
      {R"([{"notify":["boss"]}])", "/notify/0", "must be manager"},
      {R"([{"notify":["manager","role:"]}])", "/notify/1", "must be manager"},
      {R"([{"notify":["@:x"]}])", "/notify/0", "must be manager"},
      {R"([{"alert":"grave"}])", "/alert", "low, medium or high"},
      {R"([{"alert":3}])", "/alert", "low, medium or high"},
      {R"([{"step_up":0}])", "/step_up", "1 to 10080"},
      {R"([{"step_up":"5"}])", "/step_up", "1 to 10080"},
      {R"([{"encrypt":false}])", "/encrypt", "must be true"},
      {R"([{"no_forward":1}])", "/no_forward", "must be true"},
      {R"(["alert"])", "/obligations/0", "needs its argument"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.obligations);
    const auto issues = issues_of(one.obligations);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_THAT(issues[0].path, HasSubstr(one.pointer));
    EXPECT_THAT(issues[0].message, HasSubstr(one.message));
    EXPECT_EQ(issues[0].line, 1U);
    EXPECT_GT(issues[0].column, 60U);
  }
}

TEST(Obligations, WhatIsRightHasNoIssues) {
  const auto issues = issues_of(
      R"([{"notify":["manager","owner","department_head","role:counsel","@a:b"]},{"alert":"low"},{"step_up":5},)"
      R"({"encrypt":true},{"no_forward":true},"notify_auditor"])");
  EXPECT_TRUE(issues.empty()) << issues.front().to_text("p");
}

TEST(Obligations, OnlyWhatHappensInRoomsCanBeEncrypted) {
  EXPECT_TRUE(issues_of(R"([{"encrypt":true}])", R"(["room.send","room.invite"])").empty());
  for (const char* operations : {R"(["*"])", R"(["room.*"])", R"(["media.upload"])"}) {
    const auto issues = issues_of(R"([{"encrypt":true}])", operations);
    ASSERT_EQ(issues.size(), 1U) << operations;
    EXPECT_THAT(issues[0].path, HasSubstr("/operations/0"));
  }
}

TEST(Obligations, AreReadFromADecision) {
  Decision decision;
  decision.obligations = {json::Object{{"notify", json::Array{"manager"}}},
                          json::Object{{"alert", "medium"}},
                          json::Object{{"step_up", 30}},
                          json::Object{{"step_up", 5}},
                          json::Object{{"no_forward", true}},
                          "click_through"};
  decision.obliging_rules = {"a", "b", "c", "d", "e", "f"};
  const Duties duties = duties_of(decision);
  ASSERT_EQ(duties.notices.size(), 1U);
  EXPECT_EQ(duties.notices[0].rule, "a");
  EXPECT_EQ(duties.notices[0].to, std::vector<std::string>{"manager"});
  ASSERT_EQ(duties.alerts.size(), 1U);
  EXPECT_EQ(duties.alerts[0].severity, Severity::Medium);
  ASSERT_TRUE(duties.step_up);
  EXPECT_EQ(duties.step_up->rule, "d") << "the shorter one counts";
  EXPECT_TRUE(duties.no_forward);
  EXPECT_TRUE(duties_of(Decision()).empty());
}

TEST(Obligations, EncryptMakesARuleOfItsOwn) {
  auto document = parse_policy_or_error(R"({"format":1,"name":"p",
    "dictionaries":[{"id":"d","terms":["heron"]}],
    "rules":[{"id":"r","operations":["room.send"],"effect":"allow","when":{"keyword":{"dictionary":"d"}},
              "obligations":[{"encrypt":true}]}]})");
  ASSERT_TRUE(document) << document.error().message();
  auto policy = CompiledPolicy::compile(*std::move(document), 1);
  ASSERT_TRUE(policy);
  const json::Object secret{{"body", "the heron"}};
  const json::Object plain{{"body", "the crane"}};
  // No surroundings: no condition about the room holds.
  const auto unknown = (*policy)->evaluate({.operation = "room.send", .content = &secret});
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->effect, Effect::Allow);
  EXPECT_EQ(unknown->obliging_rules, std::vector<std::string>{"r"});
  const auto explained = (*policy)->explanation_of("r.encrypt", {});
  ASSERT_TRUE(explained);
  EXPECT_THAT(explained->en, HasSubstr("“r.encrypt”"));
  EXPECT_FALSE(explained->ja.empty());
  EXPECT_EQ((*policy)->evaluate({.operation = "room.send", .content = &plain})->rule, "");
}

}  // namespace
}  // namespace kuramori::governance
