#include "approvals/answer.hpp"

#include <gtest/gtest.h>

namespace kuramori::approvals {
namespace {

json::Object reply(std::string_view body) {
  return {{"msgtype", "m.text"},
          {"body", body},
          {"m.relates_to", {{"m.in_reply_to", {{"event_id", "$question"}}}}}};
}
json::Object reaction(std::string_view key) {
  return {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", "$question"}, {"key", key}}}};
}

struct Case {
  std::string_view said;
  std::optional<Verdict> verdict;
  std::string_view reason = "";
};

TEST(Answer, RepliesInFourLanguages) {
  for (const Case& c :
       {Case{"approve", Verdict::Approve}, Case{"OK", Verdict::Approve},
        Case{"Ok, fine by me", Verdict::Approve, "fine by me"}, Case{"批准", Verdict::Approve},
        Case{"同意。请发", Verdict::Approve, "请发"}, Case{"承認", Verdict::Approve},
        Case{"refuse: too much detail", Verdict::Refuse, "too much detail"}, Case{"no", Verdict::Refuse},
        Case{"拒绝:含客户资料", Verdict::Refuse, "含客户资料"}, Case{"拒絕", Verdict::Refuse},
        Case{"却下 理由", Verdict::Refuse, "理由"}, Case{"notable", std::nullopt},
        Case{"okay?", std::nullopt}, Case{"what is this?", std::nullopt}, Case{"👍", Verdict::Approve},
        Case{"", std::nullopt},
        Case{"> <@a:x> asks\n> more\n\nrefuse not now", Verdict::Refuse, "not now"}}) {
    const auto answer = read_answer("m.room.message", reply(c.said));
    ASSERT_EQ(answer.has_value(), c.verdict.has_value()) << c.said;
    if (!answer) continue;
    EXPECT_EQ(answer->verdict, *c.verdict) << c.said;
    EXPECT_EQ(answer->reason, c.reason) << c.said;
    EXPECT_EQ(answer->to, EventId("$question"));
  }
}

TEST(Answer, Reactions) {
  for (const Case& c :
       {Case{"👍", Verdict::Approve}, Case{"👍️", Verdict::Approve}, Case{"👍🏽", Verdict::Approve},
        Case{"✅", Verdict::Approve}, Case{"👎", Verdict::Refuse}, Case{"❌", Verdict::Refuse},
        Case{"🎉", std::nullopt}, Case{"", std::nullopt}}) {
    const auto answer = read_answer("m.reaction", reaction(c.said));
    ASSERT_EQ(answer.has_value(), c.verdict.has_value()) << c.said;
    if (answer) EXPECT_EQ(answer->verdict, *c.verdict) << c.said;
  }
}

TEST(Answer, WhatRepliesToNothingIsNoAnswer) {
  EXPECT_FALSE(read_answer("m.room.message", {{"body", "approve"}}));
  EXPECT_FALSE(read_answer("m.room.member", reply("approve")));
}

TEST(Answer, ReasonsAreBounded) {
  std::string text = "refuse ";
  for (int i = 0; i < 2'000; ++i) text += "理";
  const auto answer = read_answer("m.room.message", reply(text));
  ASSERT_TRUE(answer);
  EXPECT_LE(answer->reason.size(), kReasonMax);
  EXPECT_GE(answer->reason.size(), kReasonMax - 2);
}

}  // namespace
}  // namespace kuramori::approvals
