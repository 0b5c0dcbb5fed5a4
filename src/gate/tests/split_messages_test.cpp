// Numbers that are typed in pieces, one message after the other.
#include <gtest/gtest.h>

#include "gate/tests/gate_fixture.hpp"

namespace kuramori::gate {
namespace {

constexpr std::string_view kSplitPolicy = R"({"format":1,"name":"split",
  "rules":[{"id":"cards","operations":["room.send"],"when":{"finding":{"detector":"payment_card"}},"effect":"refuse"},
           {"id":"identity","operations":["room.send"],"when":{"finding":{"detector":"hk_identity_card"}},"effect":"mask"},
           {"id":"phones","operations":["room.send"],"when":{"finding":{"detector":"phone_number"}},"effect":"refuse"},
           {"id":"iban","operations":["room.send"],"when":{"finding":{"detector":"iban"}},"effect":"hold"}]})";

struct SplitMessages : ::testing::Test {
  // The rule that refuses or holds; empty: it goes through.
  std::string send(std::string_view body, std::string_view room = "!room:corp.example") {
    f.clock.advance(Milliseconds(5000));
    const json::Object content{{"msgtype", "m.text"}, {"body", body}};
    Action action = GateFixture::action(Operation::RoomSend, &content);
    action.resource.room = RoomId(std::string(room));
    Admission admission = f.admit(std::move(action));
    if (const auto* refusal = std::get_if<Refusal>(&admission)) {
      explanation = refusal->message();
      return refusal->rule;
    }
    EXPECT_TRUE(std::holds_alternative<Permit>(admission));
    return {};
  }
  GateFixture f{compiled(kSplitPolicy, 1)};
  std::string explanation;
};

TEST_F(SplitMessages, ThePieceThatCompletesANumberIsRefused) {
  EXPECT_EQ(send("4111 1111"), "");
  EXPECT_EQ(send("so far so good"), "");
  EXPECT_EQ(send("4111"), "");
  EXPECT_EQ(send("1111"), "");
  EXPECT_EQ(send("1111"), "");
  EXPECT_EQ(send("1111"), "cards");
  EXPECT_EQ(f.last_entry()->outcome, "refused");
  EXPECT_EQ(send("1111"), "cards");  // once more is no way around
  EXPECT_EQ(send("see you at 10"), "");
  EXPECT_EQ(send("1111", "!other:corp.example"), "");
}

TEST_F(SplitMessages, AMinuteLaterNothingIsRemembered) {
  EXPECT_EQ(send("4111 1111 1111"), "");
  f.clock.advance(Milliseconds(60'000));
  EXPECT_EQ(send("1111"), "");
}

TEST_F(SplitMessages, WhatWouldBeMaskedIsRefusedAndSaysSo) {
  EXPECT_EQ(send("my number: A12"), "");
  EXPECT_EQ(send("3456(3)"), "identity");
  EXPECT_NE(explanation.find("Hong Kong identity card number"), std::string::npos);
  EXPECT_EQ(send("and yours: G123456"), "");
  EXPECT_EQ(send("(A)"), "identity");  // the check letter alone
  EXPECT_EQ(send("GB82 WEST 1234"), "");
  EXPECT_EQ(send("5698 7654 32"), "iban");
}

// Every tenth run of digits passes the checksum of a card.
TEST_F(SplitMessages, ManySmallNumbersAreNoLargeOne) {
  SeededRandom random(7);
  for (int i = 0; i < 4'000; ++i) {
    const auto below = [&](std::uint64_t limit) { return std::to_string(random.below(limit)); };
    const std::string number = below(3) + "-" + below(6) + "-" + below(2'000);
    EXPECT_EQ(send(number), "") << number;
  }
}

TEST_F(SplitMessages, NumbersWithoutAChecksumAreNotPutTogether) {
  EXPECT_EQ(send("9123"), "");
  EXPECT_EQ(send("4567"), "");
}

TEST_F(SplitMessages, ThePolicyCanTurnItOff) {
  std::string policy(kSplitPolicy);
  policy.insert(policy.find("\"name\""), R"("split_messages":false,)");
  f.gate->swap_policy(compiled(policy, 2));
  EXPECT_EQ(send("4111 1111 1111"), "");
  EXPECT_EQ(send("1111"), "");
}

}  // namespace
}  // namespace kuramori::gate
