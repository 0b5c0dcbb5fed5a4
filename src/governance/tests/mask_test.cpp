// What a mask leaves holds nothing to find: whoever looks again finds the same as the mask did.
#include <gtest/gtest.h>

#include "governance/compiled_policy.hpp"
#include "json/json.hpp"

namespace kuramori::governance {
namespace {

constexpr std::string_view kPolicy = R"({"format": 1, "name": "masks",
  "detectors": [{"id": "badge", "pattern": "E-?[0-9]{4}"}],
  "dictionaries": [{"id": "words", "terms": ["机密", "secret", "極秘"]}],
  "rules": [{"id": "mask", "operations": ["room.send"], "effect": "mask", "when": {"any": [
    {"finding": {"detector": "hk_identity_card"}}, {"finding": {"detector": "prc_resident_identity"}},
    {"finding": {"detector": "payment_card"}}, {"finding": {"detector": "badge"}},
    {"keyword": {"dictionary": "words"}}]}}]})";

const CompiledPolicy& policy() {
  static const auto instance = *CompiledPolicy::compile(*parse_policy_or_error(kPolicy), 1);
  return *instance;
}

// Where a text lies in memory changes with each round.
void expect_nothing_left(std::string_view text, std::string_view found) {
  std::vector<std::string> elsewhere;
  for (std::size_t round = 0; round < 100; ++round) {
    elsewhere.emplace_back(round * 3 + 20, ' ');
    const json::Object content{{"body", text}, {"formatted_body", text}};
    const auto decision = policy().evaluate({.operation = "room.send", .content = &content});
    ASSERT_TRUE(decision);
    ASSERT_EQ(decision->effect, Effect::Mask) << round;
    const std::string left = json::serialize(*decision->masked_content);
    EXPECT_EQ(left.find(found), std::string::npos) << left;
    const auto again = policy().evaluate({.operation = "room.send", .content = &*decision->masked_content});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->effect, Effect::Allow) << left;
  }
}

TEST(MaskLeavesNothing, ToFindWhereverTheTextLiesInMemory) {
  using namespace std::string_literals;
  expect_nothing_left("lll&#02|l\1\0\0\6\u3282il!A|l|llll{find\u3282"s + std::string(73, 'Q') +
                          "il!A|l|lll|\1\0\0\4E)\0|llll\"El\"E3333l|\1\0\0\4E)\0|[ll"s,
                      "E3333");
  for (std::size_t before = 0; before < 130; before += 5)
    expect_nothing_left(std::string(before, 'Q') + "E3333", "3333");
}

TEST(MaskLeavesNothing, WhenWhatIsTakenOutStoodBetweenTwoParts) {
  using namespace std::string_literals;
  expect_nothing_left("2\4\0E1481SE1482SECRET\x19"s, "E148");
}

}  // namespace
}  // namespace kuramori::governance
