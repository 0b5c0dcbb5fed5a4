// What policies ask of findings: how far they are believed, how many, and how near to each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/compiled_policy.hpp"

namespace kuramori::governance {
namespace {

std::string policy_with(const std::string& when) {
  return R"({"format":1,"name":"c","dictionaries":[{"id":"clients","terms":["Acme","艾科公司"]}],
"rules":[{"id":"r","operations":["room.send"],"effect":"refuse",
"when":)" +
         when + "}]}";
}

bool refuses(const std::string& when, std::string_view body) {
  auto document = parse_policy_or_error(policy_with(when));
  EXPECT_TRUE(document.has_value()) << document.error().message();
  const auto policy = *CompiledPolicy::compile(*std::move(document), 1);
  const json::Object content{{"body", body}};
  const auto decision = policy->evaluate({.operation = "room.send", .content = &content});
  EXPECT_TRUE(decision.has_value());
  return decision->effect == Effect::Refuse;
}

TEST(MinConfidence, IsMediumUnlessThePolicyAsksOtherwise) {
  const std::string low = R"({"finding":{"detector":"prc_passport","min_confidence":"low"}})";
  const std::string medium = R"({"finding":{"detector":"prc_passport"}})";
  const std::string high = R"({"finding":{"detector":"prc_passport","min_confidence":"high"}})";
  EXPECT_TRUE(refuses(low, "E12345678"));
  EXPECT_FALSE(refuses(medium, "E12345678"));
  EXPECT_TRUE(refuses(medium, "护照 E12345678"));
  EXPECT_FALSE(refuses(high, "护照 E12345678"));
}

TEST(MinConfidence, CountsValuesThatAreBelievedEnough) {
  const std::string two =
      R"({"finding":{"detector":"hk_identity_card","min_confidence":"high","min_count":2}})";
  EXPECT_FALSE(refuses(two, "A123456(3), C1234569"));
  EXPECT_TRUE(refuses(two, "A123456(3), C123456(9)"));
  EXPECT_FALSE(refuses(two, "A123456(3), A123456(3)"));
  // Of one value that is found twice the better finding counts.
  EXPECT_TRUE(refuses(two,
                      "A1234563 ........................................................................... "
                      "A123456(3), C123456(9)"));
}

TEST(Near, HoldsWhenTwoFindingsStandWithinSoManyCharacters) {
  const std::string near =
      R"({"near":{"of":[{"detector":"email_address"},{"dictionary":"clients"}],"within":10}})";
  EXPECT_TRUE(refuses(near, "Acme: a@example.org"));
  EXPECT_TRUE(refuses(near, "a@example.org (Acme)"));
  EXPECT_TRUE(refuses(near, "艾科公司的联系人邮箱是一a@example.org"));  // ten characters, not octets
  EXPECT_FALSE(refuses(near, "艾科公司的联系人们的电子邮箱是这a@example.org"));
  EXPECT_FALSE(refuses(near, "a@example.org"));
  EXPECT_FALSE(refuses(near, "Acme"));
  const std::string two =
      R"({"near":{"of":[{"detector":"email_address"},{"detector":"email_address"}],"within":5}})";
  EXPECT_TRUE(refuses(two, "a@example.org, b@example.org"));
  EXPECT_FALSE(refuses(two, "a@example.org, a@example.org"));  // one value
  const std::string sure =
      R"({"near":{"of":[{"detector":"prc_passport","min_confidence":"medium"},{"dictionary":"clients"}],"within":30}})";
  EXPECT_FALSE(refuses(sure, "Acme E12345678"));
  EXPECT_TRUE(refuses(sure, "Acme passport E12345678"));
  EXPECT_FALSE(refuses(R"({"not":)" + near + "}", "Acme: a@example.org"));
}

TEST(Conditions, MistakesAreToldWithLineAndColumn) {
  struct Case {
    const char* when;
    const char* message;
  };
  const Case cases[] = {
      {R"({"finding":{"detector":"iban","min_confidence":"sure"}})",
       "is not a confidence; it is low, medium or high"},
      {R"({"keyword":{"dictionary":"clients","min_confidence":"low"}})", "min_confidence is not known here"},
      {R"({"near":{"of":[{"detector":"iban"},{"dictionary":"clients"}]}})", "lacks 'within'"},
      {R"({"near":{"within":5}})", "of"},
      {R"({"near":{"of":[{"detector":"iban"}],"within":5}})", "of"},
      {R"({"near":{"of":[{"detector":"iban"},{}],"within":5}})", "either a 'detector' or a 'dictionary'"},
      {R"({"near":{"of":[{"detector":"iban"},{"detector":"nope"}],"within":5}})", "does not exist"},
      {R"({"near":{"of":[{"detector":"iban"},{"dictionary":"clients"}],"within":0}})", "within"},
      {R"({"near":[]})", "near"},
  };
  for (const Case& c : cases) {
    const ParsedPolicy parsed = parse_policy(policy_with(c.when));
    ASSERT_FALSE(parsed.issues.empty()) << c.when;
    EXPECT_THAT(parsed.issues[0].to_text("p"), ::testing::HasSubstr(c.message)) << c.when;
    EXPECT_EQ(parsed.issues[0].line, 3U) << c.when;
    EXPECT_GT(parsed.issues[0].column, 5U) << c.when;
  }
}

}  // namespace
}  // namespace kuramori::governance
