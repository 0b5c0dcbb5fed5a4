#include "governance/policy_review.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kuramori::governance {
namespace {

std::vector<std::string> remarks_of(const std::string& rules, const ReviewOptions& options = {}) {
  auto document = parse_policy_or_error(R"({"format":1,"name":"p","rules":[)" + rules + "]}");
  EXPECT_TRUE(document.has_value()) << document.error().message();
  std::vector<std::string> texts;
  for (const Remark& remark : review(*document, options)) {
    EXPECT_FALSE(remark.example.empty());
    texts.push_back(std::string(to_string(remark.kind)) + " " + remark.rule + " " + remark.other);
  }
  return texts;
}

TEST(PolicyReview, TheDefaultPolicyHasNothingThatCannotBeMeant) {
  const auto document = parse_policy_or_error(default_policy_text());
  ASSERT_TRUE(document.has_value());
  for (const Remark& remark : review(*document)) {
    ADD_FAILURE() << remark.rule << ": " << remark.message << " " << remark.example;
  }
}

TEST(PolicyReview, FindsRulesThatNeverMatchContradictOrAreShadowed) {
  struct Case {
    const char* rules;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {R"({"id":"a","operations":["room.send"],"effect":"refuse","when":{"role":["guest"]}})", {}},
      {R"({"id":"a","operations":["room.send"],"effect":"refuse",
           "when":{"all":[{"role":["guest"]},{"not":{"role":["guest"]}}]}})",
       {"never_matches a "}},
      {R"({"id":"a","operations":["room.send"],"effect":"refuse",
           "when":{"all":[{"destination":["partner"]},{"destination":["outside"]}]}})",
       {"never_matches a "}},
      {R"({"id":"a","operations":["room.send"],"effect":"refuse","when":{"all":[{"role":["guest"]},{"role":["member"]}]}})",
       {"never_matches a "}},
      {R"({"id":"a","operations":["room.send"],"effect":"hold","when":{"file_type":["image/*"]}})",
       {"never_matches a "}},
      {R"({"id":"a","operations":["room.send"],"effect":"refuse","when":{"field_size":{"field":"body","at_least":9,"at_most":3}}})",
       {"never_matches a "}},
      {R"({"id":"a","operations":["room.send"],"effect":"warn","when":{"role":["guest"]}},
          {"id":"b","operations":["room.send"],"effect":"refuse","when":{"role":["guest"]}})",
       {"contradicts a b"}},
      {R"({"id":"a","operations":["room.*"],"effect":"refuse","when":{"role":["guest"]}},
          {"id":"b","operations":["room.send"],"effect":"hold","when":{"all":[{"destination":["outside"]},{"role":["guest"]}]}})",
       {"shadowed b a"}},
      {R"({"id":"a","operations":["room.send"],"effect":"refuse"},
          {"id":"b","operations":["room.send"],"effect":"refuse","resource":{"rooms":["!x"]}})",
       {"shadowed b a"}},
      // A label is given whatever decides, unless the act is refused.
      {R"({"id":"a","operations":["room.send"],"effect":"warn"},
          {"id":"b","operations":["room.send"],"effect":"allow","obligations":[{"label":"secret"}]})",
       {}},
      {R"({"id":"a","operations":["room.send"],"effect":"refuse","when":{"network":["10.0.0.0/8"]}},
          {"id":"b","operations":["room.send"],"effect":"warn","when":{"network":["192.0.2.0/24"]}})",
       {}},
  };
  for (const Case& one : cases) EXPECT_EQ(remarks_of(one.rules), one.expected) << one.rules;
}

TEST(PolicyReview, NamesUnitsThatDoNotExist) {
  const std::string rules =
      R"({"id":"a","operations":["room.send"],"effect":"refuse","when":{"department":["lab","sales"]}})";
  EXPECT_EQ(remarks_of(rules, {.has_unit = [](std::string_view unit) { return unit == "sales"; }}),
            std::vector<std::string>{"unknown_reference a "});
}

}  // namespace
}  // namespace kuramori::governance
