#include <gtest/gtest.h>

#include "app/inspection_node.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::app {
namespace {

using inspection::Action;
using inspection::FileFacts;

constexpr std::string_view kPolicy = R"({"format": 1, "name": "files",
  "dictionaries": [{"id": "marks", "terms": ["機密"]}],
  "rules": [
    {"id": "identity", "operations": ["file.inspect"], "when": {"finding": {"detector": "hk_identity_card"}}, "effect": "hold"},
    {"id": "marked", "operations": ["file.inspect"], "when": {"keyword": {"dictionary": "marks"}}, "effect": "refuse"},
    {"id": "elsewhere", "operations": ["room.send"], "effect": "refuse"}]})";

FileFacts with_text(std::string text) {
  FileFacts facts{.name = "notes.txt"};
  facts.extract.media_type = "text/plain";
  facts.extract.texts.push_back({.file = "", .place = "text", .text = std::move(text)});
  return facts;
}

FileFacts unread(sandbox::Unreadable reason) {
  FileFacts facts = with_text("x");
  facts.extract.unreadable.push_back({.file = "", .reason = reason});
  return facts;
}

class PolicyJudgeTest : public ::testing::Test {
 protected:
  inspection::Judgement judge(const FileFacts& facts) {
    auto document = governance::parse_policy_or_error(kPolicy);
    EXPECT_TRUE(document);
    auto judgement =
        judge_file(config, **governance::CompiledPolicy::compile(*std::move(document), 3), facts);
    EXPECT_TRUE(judgement);
    return *std::move(judgement);
  }
  InspectionConfig config;
};

TEST_F(PolicyJudgeTest, ByTextByKindAndByConfiguration) {
  struct Case {
    FileFacts facts;
    Action action;
    const char* reason;
    const char* rule;
  };
  FileFacts malware = with_text("x");
  malware.malware = "Test.Eicar";
  FileFacts crashed = with_text("x");
  crashed.failure = "crashed";
  FileFacts bomb = with_text("x");
  bomb.extract.limits.push_back(sandbox::ExtractLimit::Ratio);
  FileFacts named = with_text("x");
  named.name = "機密.txt";
  FileFacts both = unread(sandbox::Unreadable::Encrypted);
  both.extract.texts[0].text = "機密";
  for (const Case& test :
       {Case{with_text("See you on Tuesday"), Action::Release, "clean", ""},
        Case{with_text("HKID A123456(3)"), Action::Hold, "policy", "identity"},
        Case{with_text("本文件為機密"), Action::Remove, "policy", "marked"},
        Case{named, Action::Remove, "policy", "marked"}, Case{malware, Action::Remove, "malware", ""},
        Case{unread(sandbox::Unreadable::Encrypted), Action::Hold, "encrypted", ""},
        Case{unread(sandbox::Unreadable::Damaged), Action::Hold, "unreadable", ""},
        Case{crashed, Action::Hold, "unreadable", ""}, Case{bomb, Action::Hold, "unreadable", ""},
        Case{both, Action::Remove, "policy", "marked"}}) {
    const inspection::Judgement judgement = judge(test.facts);
    EXPECT_EQ(judgement.action, test.action) << test.reason << test.rule;
    EXPECT_EQ(judgement.reason, test.reason);
    EXPECT_EQ(judgement.rule, test.rule);
    EXPECT_EQ(judgement.policy_version, 3);
  }
  config.when_encrypted = "release";
  config.when_unreadable = "remove";
  EXPECT_EQ(judge(unread(sandbox::Unreadable::Encrypted)).action, Action::Release);
  EXPECT_EQ(judge(unread(sandbox::Unreadable::Damaged)).action, Action::Remove);
}

TEST_F(PolicyJudgeTest, SaysWhatWasFoundAndWhoHasToApprove) {
  const inspection::Judgement held = judge(with_text("HKID A123456(3), and B765432(1)"));
  EXPECT_EQ(json::integer_or(held.found, "hk_identity_card", 0), 1);
  EXPECT_EQ(held.holding_rules, std::vector<std::string>{"identity"});
  EXPECT_TRUE(judge(with_text("See you on Tuesday")).found.empty());
  EXPECT_TRUE(judge(with_text("本文件為機密, A123456(3)")).holding_rules.empty())
      << "removed: nothing to approve";
  // What nobody could look into is for officers, whatever was found in the rest of it.
  FileFacts both = unread(sandbox::Unreadable::Damaged);
  both.extract.texts[0].text = "HKID A123456(3)";
  EXPECT_TRUE(judge(both).holding_rules.empty());
  EXPECT_EQ(json::integer_or(judge(both).found, "hk_identity_card", 0), 1);
}

TEST_F(PolicyJudgeTest, NothingHidesInLongTextsNorAcrossTheirPieces) {
  constexpr std::size_t kPieceBytes = 1 << 20;
  for (const std::size_t at :
       {std::size_t{0}, kPieceBytes - 20, kPieceBytes - 8, kPieceBytes, std::size_t{5'000'000}}) {
    std::string text(5'100'000, 'x');
    text.replace(at, 16, " HKID A123456(3)");
    EXPECT_EQ(judge(with_text(std::move(text))).action, Action::Hold) << at;
  }
}

}  // namespace
}  // namespace kuramori::app
