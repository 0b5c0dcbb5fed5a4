#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "governance/compiled_policy.hpp"

namespace kuramori::governance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<const CompiledPolicy> compiled(std::string_view text) {
  auto document = parse_policy_or_error(text);
  EXPECT_TRUE(document.has_value()) << document.error().message();
  auto policy = CompiledPolicy::compile(*std::move(document), 7);
  EXPECT_TRUE(policy.has_value()) << policy.error().to_log();
  return *policy;
}

const CompiledPolicy& default_policy() {
  static const auto policy = compiled(default_policy_text());
  return *policy;
}

Decision decide(const CompiledPolicy& policy, const json::Object& content, SubjectAttributes subject = {},
                ResourceAttributes resource = {}) {
  const Question question{
      .operation = "room.send", .subject = subject, .resource = resource, .content = &content};
  auto decision = policy.evaluate(question);
  EXPECT_TRUE(decision.has_value());
  return *std::move(decision);
}

std::string rule_for(std::string_view body) {
  return decide(default_policy(), {{"body", body}}).rule;
}

TEST(DefaultPolicy, RefusesNumbersHoweverTheyAreWritten) {
  struct Case {
    const char* body;
    const char* rule;
  };
  const Case cases[] = {
      {"A123456(3)", "hk-identity-card"},
      {"My HKID is A123456(3), thanks", "hk-identity-card"},
      {"a123456(3)", "hk-identity-card"},
      {"A1234563", "hk-identity-card"},
      {"A 123456 (3)", "hk-identity-card"},
      {"A-123-456-3", "hk-identity-card"},
      {"A 1 2 3 4 5 6 3", "hk-identity-card"},
      {"AB987654(3)", "hk-identity-card"},
      {"ab9876543", "hk-identity-card"},
      {"G123456(A)", "hk-identity-card"},
      {"G123456A", "hk-identity-card"},
      {"A123456[3]", "hk-identity-card"},
      {"HKIDA123456(3)", "hk-identity-card"},
      {"ID:A1234563.", "hk-identity-card"},
      {"A123456(3)", "hk-identity-card"},
      {"身份證號碼是A123456(3),請查收", "hk-identity-card"},
      {"我的身份证A1234563谢谢", "hk-identity-card"},
      {"A12\u200B34\u200D56(3)", "hk-identity-card"},
      {"\u202EA123456(3)\u202C", "hk-identity-card"},
      {"А123456(3)", "hk-identity-card"},  // Cyrillic
      {"Α123456(3)", "hk-identity-card"},  // Greek
      {"Ⓐ①②③④⑤⑥⑶", "hk-identity-card"},
      {"A一二三四五六(三)", "hk-identity-card"},
      {"A123456【3】", "hk-identity-card"},
      {"Al23456(3)", "hk-identity-card"},  // a letter l for the one
      {"11010519491231002X", "prc-resident-identity"},
      {"11010519491231002x", "prc-resident-identity"},
      {"身份证号11010519491231002X,请登记", "prc-resident-identity"},
      {"身份证440524188001010014办理", "prc-resident-identity"},
      {"110105 19491231 002X", "prc-resident-identity"},
      {"1101 0519 4912 3100 2 X", "prc-resident-identity"},
      {"4405-2418-8001-0100-14", "prc-resident-identity"},
      {"440524188001010014", "prc-resident-identity"},
      {"44052418\u20608001010014", "prc-resident-identity"},
      {"1 440524188001010014", "prc-resident-identity"},
      {"13800138000 440524188001010014", "prc-resident-identity"},
      {"四四〇五二四一八八〇〇一〇一〇〇一四", "prc-resident-identity"},
      {"SFZ440524188001010014", "prc-resident-identity"},
      {"440524188001O1O014", "prc-resident-identity"},
      {"11010519491231002\u00D7", "prc-resident-identity"},
      {"4111111111111111", "payment-card"},
      {"4111 1111 1111 1111", "payment-card"},
      {"4111-1111-1111-1111", "payment-card"},
      {"4111.1111.1111.1111", "payment-card"},
      {"4111\u00A01111\u20071111\u202F1111", "payment-card"},
      {"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "payment-card"},
      {"card:4111111111111111exp12/27", "payment-card"},
      {"4111 1111 1111 1111 12/27 123", "payment-card"},
      {"3782 822463 10005", "payment-card"},
      {"6217 0000 1000 0000 003", "payment-card"},
      {"信用卡號4111111111111111", "payment-card"},
      {"カード番号は4111ー1111", ""},  // half a number
      {"カード番号は4111-1111-1111-1111です", "payment-card"},
      {"4111111111111111", "payment-card"},
      {"4️⃣1️⃣1️⃣1️⃣ 1111 1111 1111", "payment-card"},
      {"4111\n1111\n1111\n1111", "payment-card"},
      {"银行卡 六二二二〇二一〇〇〇〇〇〇〇〇〇〇〇九", "payment-card"},
      {"5555 5555 5555 4444 and 4111 1111 1111 1112", "payment-card"},
  };
  for (const auto& c : cases) EXPECT_EQ(rule_for(c.body), c.rule) << c.body;
}

TEST(DefaultPolicy, LetsOrdinaryTextPass) {
  const char* bodies[] = {
      "",
      "Hello, see you at 10:30 in room 4111",
      "+852 9123 4567",
      "call 91234567 or 2123 4567",
      "13800138000",
      "+86 138 0013 8000 / +86 139 0013 9000",
      "03-1234-5678, 090-1234-5678",
      "1732230000000",
      "1732230000000000",
      "1732230000000000000",
      "2024-11-21T23:19:38.123456789Z",
      "20241121231938",
      "$143273582443PhrSn:example.org",
      "$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg",
      "!abc123456:example.org",
      "550e8400-e29b-41d4-a716-446655440000",
      "a1234563-e29b-41d4-a716-446655440000",
      "d41d8cd98f00b204e9800998ecf8427e",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "b4111111111111111f",
      "A123456(4)",
      "A1234564",
      "A12345678",
      "ABC1234563",
      "XA1234563B",
      "SN A1234563-01",
      "110105194912310021",
      "990105194912310020",
      "4111 1111 1111 1112",
      "4111111111111111111111111111",
      "1234 5678 9012 3452",
      "192.168.100.200 10.20.30.40",
      "4901234567894",
      "v1.2.3.4.5.6.7.8.9.10.11.12",
      "3.14159265358979323846",
      "a 1234563",
      "1000 2000 3000 4000 5000",
      "訂單編號 20241121000123",
      "会议号 123 456 789",
      "请在三月四日五点前回复",
      "ISBN 978-3-16-148410-0",
      "https://example.org/a/b?x=20240101&y=998877",
  };
  for (const char* body : bodies) EXPECT_EQ(rule_for(body), "") << body;
}

TEST(DefaultPolicy, LooksEverywhereInTheContent) {
  const json::Object contents[] = {
      {{"msgtype", "m.text"}, {"body", "x"}, {"formatted_body", "<b>4111</b>1111&nbsp;1111<i>1111</i>"}},
      {{"msgtype", "4111111111111111"}, {"body", "x"}},
      {{"body", "x"}, {"m.new_content", {{"body", "4111111111111111"}}}},
      {{"body", "x"}, {"list", {1, {"a", {{"deep", "4111111111111111"}}}}}},
      {{"body", "x"}, {"4111111111111111", true}},
      {{"body", "x"}, {"number", 4'111'111'111'111'111}},
      {{"topic", "4111111111111111"}},
  };
  for (const json::Object& content : contents) {
    EXPECT_EQ(decide(default_policy(), content).rule, "payment-card") << json::serialize(content);
  }
  EXPECT_EQ(decide(default_policy(), {{"msgtype", "m.text"}, {"format", "org.matrix.custom.html"}}).rule, "");
}

TEST(DefaultPolicy, ExplainsItselfInFourLanguages) {
  const Decision decision = decide(default_policy(), {{"body", "A123456(3)"}});
  EXPECT_EQ(decision.effect, Effect::Refuse);
  EXPECT_THAT(decision.explanation.en, HasSubstr("a Hong Kong identity card number"));
  EXPECT_THAT(decision.explanation.en, HasSubstr("hk-identity-card"));
  EXPECT_THAT(decision.explanation.en, HasSubstr("Remove it"));
  EXPECT_THAT(decision.explanation.zh_hans, HasSubstr("香港身份证号码"));
  EXPECT_THAT(decision.explanation.zh_hant, HasSubstr("香港身份證號碼"));
  EXPECT_THAT(decision.explanation.ja, HasSubstr("身分証番号"));
  for (const auto& text : {decision.explanation.en, decision.explanation.ja}) {
    EXPECT_THAT(text, ::testing::Not(HasSubstr("123456")));
  }
  ASSERT_EQ(decision.findings.size(), 1U);
  EXPECT_EQ(decision.findings[0].source, "hk_identity_card");
  EXPECT_EQ(decision.findings[0].count, 1U);
}

TEST(DefaultPolicy, LeavesOtherOperationsAlone) {
  EXPECT_TRUE(default_policy().rules_for("sync").empty());
  EXPECT_TRUE(default_policy().rules_for("account.login").empty());
  EXPECT_FALSE(default_policy().rules_for("room.send").empty());
  EXPECT_EQ(default_policy().version(), 7);
}

TEST(Permissive, AllowsEverything) {
  const auto policy = CompiledPolicy::permissive();
  EXPECT_EQ(decide(*policy, {{"body", "4111111111111111"}}).effect, Effect::Allow);
  EXPECT_EQ(policy->version(), 0);
}

constexpr std::string_view kPrecedence = R"({"format":1,"name":"p","rules":[
  {"id":"allow","operations":["room.*"],"effect":"allow","obligations":["log"]},
  {"id":"warn","operations":["room.send"],"effect":"warn","when":{"finding":{"detector":"payment_card"}},
   "obligations":["tell_auditor"]},
  {"id":"mask","operations":["room.send"],"effect":"mask","when":{"finding":{"detector":"hk_identity_card"}}},
  {"id":"refuse-many","operations":["room.send"],"effect":"refuse",
   "when":{"finding":{"detector":"payment_card","min_count":2}},"obligations":[{"notify":["@boss:x"]}]},
  {"id":"refuse-too","operations":["*"],"effect":"refuse",
   "when":{"finding":{"detector":"payment_card","min_count":3}},"obligations":["second"]},
  {"id":"off","enabled":false,"operations":["room.send"],"effect":"refuse"}]})";

TEST(Decision, TheStrongestEffectWinsAndWithinItTheFirstRule) {
  const auto policy = compiled(kPrecedence);
  const Decision allowed = decide(*policy, {{"body", "hello"}});
  EXPECT_EQ(allowed.effect, Effect::Allow);
  EXPECT_EQ(allowed.rule, "allow");
  EXPECT_EQ(json::serialize(json::Value(allowed.obligations)), R"(["log"])");
  const Decision warned = decide(*policy, {{"body", "4111111111111111 4111 1111 1111 1111"}});
  EXPECT_EQ(warned.rule, "warn");  // the same number twice is one
  const Decision masked = decide(*policy, {{"body", "4111111111111111 A123456(3)"}});
  EXPECT_EQ(masked.rule, "warn");  // and what is masked is masked besides
  ASSERT_TRUE(masked.masked_content.has_value());
  EXPECT_EQ(json::string_or(*masked.masked_content, "body", ""), "4111111111111111 *******(*)");
  EXPECT_EQ(decide(*policy, {{"body", "4111111111111111, 5555555555554444"}}).rule, "refuse-many");
  const Decision both = decide(*policy, {{"body", "4111111111111111, 5555555555554444, 378282246310005"}});
  EXPECT_EQ(both.rule, "refuse-many");
  EXPECT_EQ(json::serialize(json::Value(both.obligations)), R"([{"notify":["@boss:x"]},"second"])");
  EXPECT_THAT(both.matched_rules, ElementsAre("allow", "warn", "refuse-many", "refuse-too"));
}

std::string masked_body(const CompiledPolicy& policy, std::string_view body) {
  const Decision decision = decide(policy, {{"body", body}});
  if (!decision.masked_content) return "(not masked)";
  return std::string(json::string_or(*decision.masked_content, "body", "(no body)"));
}

TEST(Mask, ReplacesOnlyWhatWasFound) {
  const auto policy = compiled(R"({"format":1,"name":"m",
    "detectors":[{"id":"badge","pattern":"EMP-[0-9]{4}"}],
    "dictionaries":[{"id":"projects","terms":["Project Fuji","富士計画","机密"]}],
    "rules":[{"id":"m","operations":["room.send"],"effect":"mask","when":{"any":[
      {"finding":{"detector":"payment_card"}},{"finding":{"detector":"hk_identity_card"}},
      {"finding":{"detector":"badge"}},{"keyword":{"dictionary":"projects"}}]}}]})");
  EXPECT_EQ(masked_body(*policy, "pay 4111-1111-1111-1111 now"), "pay ****-****-****-**** now");
  EXPECT_EQ(masked_body(*policy, "號碼A123456(3)。謝謝"), "號碼*******(*)。謝謝");
  EXPECT_EQ(masked_body(*policy, "A12\u200B3456(3)!"), "*******(*)!");
  EXPECT_EQ(masked_body(*policy, "EMP-1234 and EMP-99"), "***-**** and EMP-99");
  EXPECT_EQ(masked_body(*policy, "project fuji は富士計画です"), "******* **** は****です");
  EXPECT_EQ(masked_body(*policy, "这是机 密文件"), "这是**文件");
  EXPECT_EQ(masked_body(*policy, "nothing"), "(not masked)");
  const json::Object content{{"msgtype", "m.text"},
                             {"formatted_body", "<b>4111</b> 1111 1111 1111<br>ok"},
                             {"n", 4'111'111'111'111'111},
                             {"m.relates_to", {{"event_id", "$x"}, {"4111111111111111", "EMP-1234"}}}};
  const Decision decision = decide(*policy, content);
  ASSERT_TRUE(decision.masked_content.has_value());
  EXPECT_EQ(json::serialize(*decision.masked_content),
            R"({"msgtype":"m.text","formatted_body":"<b>**** **** **** ****<br>ok","n":"****************",)"
            R"("m.relates_to":{"event_id":"$x","****************":"***-****"}})");
}

TEST(Keywords, MatchWholeWordsInEnglishAndAnywhereInChineseAndJapanese) {
  const auto policy = compiled(R"({"format":1,"name":"k",
    "dictionaries":[{"id":"d","terms":["secret","top secret","M&A","機密","极秘","マル秘","并购计划"]}],
    "rules":[{"id":"one","operations":["room.send"],"effect":"warn","when":{"keyword":{"dictionary":"d"}}},
             {"id":"two","operations":["room.send"],"effect":"refuse",
              "when":{"keyword":{"dictionary":"d","min_count":2}}}]})");
  const auto rule = [&](std::string_view body) { return decide(*policy, {{"body", body}}).rule; };
  EXPECT_EQ(rule("it is secret."), "one");
  EXPECT_EQ(rule("SECRET"), "one");
  EXPECT_EQ(rule("secret"), "one");
  EXPECT_EQ(rule("secretary"), "");
  EXPECT_EQ(rule("nonsecret"), "");
  EXPECT_EQ(rule("our M&A team"), "one");
  EXPECT_EQ(rule("本件は機密です"), "one");
  EXPECT_EQ(rule("マル秘"), "one");  // half-width
  EXPECT_EQ(rule("公司并 购 计 划"), "one");
  EXPECT_EQ(rule("top secret"), "two");
  EXPECT_EQ(rule("普通"), "");
}

TEST(Conditions, LookAtSubjectAndResource) {
  const auto policy = compiled(R"({"format":1,"name":"c","rules":[
    {"id":"r","operations":["room.send"],"effect":"refuse","resource":{"rooms":["!finance*"],"event_types":["m.room.*"]},
     "when":{"all":[
       {"role":["member","guest"]},
       {"not":{"user":["@cfo:*"]}},
       {"user_server":["example.org"]},
       {"any":[{"not":{"network":["10.0.0.0/8","2001:db8::/32"]}},{"device":["PHONE*"]},{"client":["*Old/1.*"]}]}]}}]})");
  const SubjectAttributes outside{
      .user = "@a:example.org", .role = "member", .device = "PC", .address = "203.0.113.9"};
  const ResourceAttributes room{.room = "!finance1", .event_type = "m.room.message"};
  const auto refused = [&](SubjectAttributes subject, ResourceAttributes resource) {
    return decide(*policy, {}, subject, resource).effect == Effect::Refuse;
  };
  EXPECT_TRUE(refused(outside, room));
  EXPECT_FALSE(refused(outside, {.room = "!other", .event_type = "m.room.message"}));
  EXPECT_FALSE(refused(outside, {.room = "!finance1", .event_type = "m.reaction"}));
  auto subject = outside;
  subject.address = "10.1.2.3";
  EXPECT_FALSE(refused(subject, room));
  subject.device = "PHONE7";
  EXPECT_TRUE(refused(subject, room));
  subject.device = "PC";
  subject.user_agent = "App Old/1.2";
  EXPECT_TRUE(refused(subject, room));
  subject.user_agent = "";
  subject.address = "2001:db8::1";
  EXPECT_FALSE(refused(subject, room));
  subject.address = "nonsense";
  EXPECT_TRUE(refused(subject, room));
  subject.role = "administrator";
  EXPECT_FALSE(refused(subject, room));
  subject = outside;
  subject.user = "@cfo:example.org";
  EXPECT_FALSE(refused(subject, room));
  subject.user = "@a:elsewhere.org";
  EXPECT_FALSE(refused(subject, room));
}

TEST(Conditions, FieldSizeCountsCharactersAndLanguageIsARange) {
  const auto policy = compiled(R"({"format":1,"name":"c","rules":[
    {"id":"long","operations":["room.send"],"effect":"refuse","when":{"field_size":{"field":"body","at_least":5}}},
    {"id":"zh","operations":["room.send"],"effect":"warn","when":{"language":["zh"]}}]})");
  EXPECT_EQ(decide(*policy, {{"body", "一二三四"}}).rule, "");
  EXPECT_EQ(decide(*policy, {{"body", "一二三四五"}}).rule, "long");
  EXPECT_EQ(decide(*policy, {{"body", 12345}}).rule, "");
  EXPECT_EQ(decide(*policy, {}, {.language = "zh-Hant"}).rule, "zh");
  EXPECT_EQ(decide(*policy, {}, {.language = "zhx"}).rule, "");
}

TEST(CustomDetectors, UseRe2WithValidatorsAndCounts) {
  const auto policy = compiled(R"({"format":1,"name":"c",
    "detectors":[
      {"id":"loyalty","pattern":"9[0-9]{3}-?[0-9]{4}-?[0-9]{4}-?[0-9]{4}","validator":"luhn"},
      {"id":"phone","pattern":"\\b[569][0-9]{3} ?[0-9]{4}\\b","min_matches":3},
      {"id":"anchored","pattern":"^ACK [0-9]+$"},
      {"id":"han","pattern":"(?i)客户\\p{Han}{2,3}名单"}],
    "rules":[
      {"id":"loyalty","operations":["room.send"],"effect":"refuse","when":{"finding":{"detector":"loyalty"}}},
      {"id":"phones","operations":["room.send"],"effect":"refuse","when":{"finding":{"detector":"phone"}}},
      {"id":"anchored","operations":["room.send"],"effect":"refuse","when":{"finding":{"detector":"anchored"}}},
      {"id":"han","operations":["room.send"],"effect":"refuse","when":{"finding":{"detector":"han"}}}]})");
  const auto rule = [&](std::string_view body) { return decide(*policy, {{"body", body}}).rule; };
  EXPECT_EQ(rule("9111-1111-1111-1111"), "");  // Luhn fails
  EXPECT_EQ(rule("9111-1111-1111-1110"), "loyalty");
  EXPECT_EQ(rule("x 9111111111111111, 9111111111111110"), "loyalty");
  EXPECT_EQ(rule("91234567 and 61234567"), "");
  EXPECT_EQ(rule("91234567, 61234567, 5123 4567"), "phones");
  EXPECT_EQ(rule("91234567, 91234567, 91234567"), "");  // one number, thrice
  EXPECT_EQ(rule("ACK 17"), "anchored");
  EXPECT_EQ(rule("no ACK 17"), "");
  EXPECT_EQ(rule("客户资料名单"), "han");
}

TEST(Explanations, FillTheirPlaceholders) {
  const auto policy = compiled(R"({"format":1,"name":"e",
    "detectors":[{"id":"badge","pattern":"EMP-[0-9]{4}","names":{"en":"a badge number","ja":"社員番号"}}],
    "rules":[{"id":"r1","description":"no badges","operations":["room.send"],"effect":"refuse",
      "when":{"any":[{"finding":{"detector":"badge"}},{"finding":{"detector":"payment_card"}}]},
      "explanation":{"en":"{findings}: stopped by {rule} ({description}) {x}"}},
      {"id":"r2","description":"office only","operations":["room.join"],"effect":"refuse",
       "when":{"not":{"network":["10.0.0.0/8"]}}}]})");
  const Decision decision = decide(*policy, {{"body", "EMP-1234 4111111111111111"}});
  EXPECT_EQ(decision.explanation.en, "a payment card number, a badge number: stopped by r1 (no badges) {x}");
  EXPECT_THAT(decision.explanation.ja, HasSubstr("社員番号"));
  EXPECT_THAT(decision.explanation.zh_hans, HasSubstr("a badge number"));
  const auto join =
      policy->evaluate({.operation = "room.join", .subject = {}, .resource = {}, .content = nullptr});
  EXPECT_THAT(join->explanation.en, HasSubstr("“r2” (office only)"));
  EXPECT_THAT(join->explanation.zh_hant, HasSubstr("office only"));
}

TEST(LargePolicy, TenThousandTermsAndManyPatterns) {
  std::string terms;
  for (int i = 0; i < 10'000; ++i) {
    if (i > 0) terms += ",";
    switch (i % 3) {
      case 0:
        terms += "\"confidential" + std::to_string(i) + "\"";
        break;
      case 1:
        terms += "\"项目代号" + std::to_string(i) + "号\"";
        break;
      default:
        terms += "\"極秘案件" + std::to_string(i) + "番\"";
    }
  }
  std::string detectors;
  for (int i = 0; i < 200; ++i) {
    detectors += std::string(i > 0 ? "," : "") + R"({"id":"d)" + std::to_string(i) + R"(","pattern":"K)" +
                 std::to_string(i) + R"(-[A-Z]{3}[0-9]{5}"})";
  }
  std::string leaves;
  for (int i = 0; i < 200; ++i) leaves += R"({"finding":{"detector":"d)" + std::to_string(i) + "\"}},";
  const auto policy = compiled(
      R"({"format":1,"name":"l","detectors":[)" + detectors + R"(],"dictionaries":[{"id":"t","terms":[)" +
      terms + R"(]}],"rules":[{"id":"r","operations":["room.send"],"effect":"refuse","when":{"any":[)" +
      leaves + R"({"keyword":{"dictionary":"t"}}]}}]})");
  EXPECT_EQ(decide(*policy, {{"body", "see Confidential9999 please"}}).rule, "r");
  EXPECT_EQ(decide(*policy, {{"body", "关于项目代号9搁置"}}).rule, "");
  EXPECT_EQ(decide(*policy, {{"body", "关于项目代号10号的事"}}).rule, "r");
  EXPECT_EQ(decide(*policy, {{"body", "極秘案件2番"}}).rule, "r");
  EXPECT_EQ(decide(*policy, {{"body", "K17-ABC12345"}}).rule, "r");
  EXPECT_EQ(decide(*policy, {{"body", "nothing of the kind"}}).rule, "");
}

TEST(Threads, ShareAPolicyAndItsSuccessor) {
  const auto other = compiled(kPrecedence);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const json::Object content{{"body", i % 2 == 0 ? "4111 1111 1111 1111" : "Grüße"}};
        const Question question{.operation = "room.send", .subject = {}, .resource = {}, .content = &content};
        const std::string_view first = i % 2 == 0 ? "payment-card" : "";
        const std::string_view second = i % 2 == 0 ? "warn" : "allow";
        if (default_policy().evaluate(question)->rule != first) ++wrong;
        if (other->evaluate(question)->rule != second) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace kuramori::governance
