// Each built-in detector on tables of what it must find, how far it must be believed, and what it must not
// find. The numbers are computed from the rules of their check digits; they belong to nobody that we know of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/built_in_detection.hpp"
#include "governance/normalise.hpp"

namespace kuramori::governance {
namespace {

using enum Confidence;

const BuiltInDetection& detection() {
  static const BuiltInDetection kAll(kAllDetectors);
  return kAll;
}

std::vector<Candidate> found_in(std::string_view text) {
  std::vector<Candidate> found;
  EXPECT_TRUE(detection().find(normalised(text), found));
  return found;
}

// "iban high, phone_number low"
std::string listed(std::string_view text) {
  std::string list;
  for (const Candidate& candidate : found_in(text)) {
    if (!list.empty()) list += ", ";
    list.append(info(candidate.detector).id).append(" ").append(to_string(candidate.confidence));
  }
  return list;
}

std::optional<Confidence> confidence_of(std::string_view text, std::string_view id) {
  std::optional<Confidence> best;
  for (const Candidate& candidate : found_in(text)) {
    if (info(candidate.detector).id == id && (!best || candidate.confidence > *best))
      best = candidate.confidence;
  }
  return best;
}

struct Positive {
  const char* text;
  const char* id;
  Confidence confidence;
};

void expect_found(std::span<const Positive> cases) {
  for (const Positive& c : cases) {
    const auto confidence = confidence_of(c.text, c.id);
    EXPECT_TRUE(confidence == c.confidence)
        << c.text << ": " << c.id << " should be " << to_string(c.confidence) << " in: " << listed(c.text);
  }
}

TEST(Registry, NamesEveryDetectorInFourLanguages) {
  std::set<std::string_view> ids;
  for (const DetectorInfo& detector : detector_registry()) {
    EXPECT_TRUE(ids.insert(detector.id).second) << detector.id;
    EXPECT_FALSE(detector.source.empty()) << detector.id;
    const Explanation& names = display_names(detector.detector);
    for (const auto& name : {names.en, names.zh_hans, names.zh_hant, names.ja})
      EXPECT_FALSE(name.empty()) << detector.id;
  }
  EXPECT_EQ(ids.size(), kDetectors);
}

TEST(IdentityDetectors, FindNumbersByFormChecksumAndContext) {
  constexpr Positive kCases[] = {
      {"A123456(3)", "hk_identity_card", High},
      {"A1234563", "hk_identity_card", Medium},
      {"HKID: A1234563", "hk_identity_card", High},
      {"order A1234563", "hk_identity_card", Low},
      {"11010519491231002X", "prc_resident_identity", High},
      {"110105491231002", "prc_resident_identity", Low},
      {"身份证号码:110105491231002", "prc_resident_identity", Medium},
      {"E12345678", "prc_passport", Low},
      {"护照号码 E12345678", "prc_passport", Medium},
      {"Passport No: EA1234567", "prc_passport", Medium},
      {"她的護照G12345678下月到期", "prc_passport", Medium},
      {"回乡证 H12345678", "hk_macao_travel_permit", Medium},
      {"回鄉證號碼:M1234567801", "hk_macao_travel_permit", Medium},
      {"港澳通行证C12345678", "hk_macao_travel_permit", Medium},
      {"台胞证 12345678", "taiwan_travel_permit", Medium},
      {"A123456789", "taiwan_identity_card", Medium},
      {"身分證字號 A123456789", "taiwan_identity_card", High},
      {"a123456789", "taiwan_identity_card", Medium},
      {"身分證 A 123 456 789", "taiwan_identity_card", High},
      {"F200135793", "taiwan_identity_card", Medium},
      {"居留證 H800441236", "taiwan_resident_certificate", High},
      {"護照 312345678", "taiwan_passport", Medium},
      {"マイナンバー: 1234 5678 9018", "jp_individual_number", High},
      {"123456789018", "jp_individual_number", Medium},
      {"法人番号 7000012050002", "jp_corporate_number", Medium},
      {"7000012050002", "jp_corporate_number", Low},
      {"運転免許証の番号は309012345620です", "jp_driving_licence", Medium},
      {"123-45-6780", "us_social_security", Medium},
      {"SSN 123-45-6780", "us_social_security", High},
      {"social security number 123456780", "us_social_security", Medium},
      {"AB123456C", "uk_national_insurance", Medium},
      {"NI number: AB 12 34 56 C", "uk_national_insurance", High},
  };
  expect_found(kCases);
}

TEST(IdentityDetectors, RefuseWhatBreaksTheRules) {
  struct Negative {
    const char* text;
    const char* id;
  };
  constexpr Negative kCases[] = {
      {"A123456788", "taiwan_identity_card"},   // check digit
      {"A323456789", "taiwan_identity_card"},   // neither 1 nor 2
      {"XA123456789", "taiwan_identity_card"},  // inside a code
      {"H800441234", "taiwan_resident_certificate"},
      {"000-12-3456", "us_social_security"},  // area
      {"666-12-3456", "us_social_security"},
      {"912-12-3456", "us_social_security"},
      {"123-00-3456", "us_social_security"},
      {"123-45-0000", "us_social_security"},
      {"GB123456C", "uk_national_insurance"},  // prefix
      {"DA123456C", "uk_national_insurance"},
      {"AO123456C", "uk_national_insurance"},
      {"AB123456E", "uk_national_insurance"},  // suffix
      {"AB123456 a few", "uk_national_insurance"},
      {"8000012050002", "jp_corporate_number"},  // check digit
      {"309012345620", "jp_driving_licence"},    // no context
      {"免許証 309012345630", "jp_driving_licence"},
      {"12345678", "taiwan_travel_permit"},
      {"312345678", "taiwan_passport"},
      {"身份证 990105491231002", "prc_resident_identity"},  // region
      {"身份证 110105491331002", "prc_resident_identity"},  // month
      {"X12345678", "prc_passport"},
      {"E123456789", "prc_passport"},
      {"3.110105491231002", "prc_resident_identity"},
  };
  for (const auto& c : kCases) EXPECT_FALSE(confidence_of(c.text, c.id)) << c.text << ": " << listed(c.text);
}

TEST(FinancialDetectors, FindAccountsAndPay) {
  constexpr Positive kCases[] = {
      {"4111 1111 1111 1111", "payment_card", High},
      {"order no 4111111111111111", "payment_card", Medium},
      {"GB82WEST12345698765432", "iban", High},
      {"IBAN GB82 WEST 1234 5698 7654 32", "iban", High},
      {"de89 3704 0044 0532 0130 00", "iban", High},
      {"FR14 2004 1010 0505 0001 3M02 606", "iban", High},
      {"please pay to account number 012-345-678901", "bank_account", Medium},
      {"账号:6013820800012345", "bank_account", Medium},
      {"振込先 普通預金 口座番号 1234567", "bank_account", High},
      {"Her salary is HK$45,000 per month", "salary", High},
      {"salary: 45000", "salary", Medium},
      {"他的月薪是3.5万", "salary", High},
      {"年収は800万円です", "salary", High},
      {"佢人工$25,000", "salary", High},
  };
  expect_found(kCases);
  for (const auto* text : {"GB82WEST12345698765433", "ZZ82WEST12345698765432", "GB82WEST1234569876543"}) {
    EXPECT_FALSE(confidence_of(text, "iban")) << text;
  }
  EXPECT_FALSE(confidence_of("012-345-678901", "bank_account"));
  EXPECT_FALSE(confidence_of("salary review in 2026", "salary"));
  EXPECT_FALSE(confidence_of("salary talks on 3月", "salary"));
}

TEST(ContactDetectors, FindPhonesMailAndAddresses) {
  constexpr Positive kCases[] = {
      {"+852 9123 4567", "phone_number", High},
      {"+8613800138000", "phone_number", Medium},
      {"13800138000", "phone_number", Medium},
      {"手机 138-0013-8000", "phone_number", High},
      {"call me at 9123 4567", "phone_number", Medium},
      {"電話:91234567", "phone_number", Medium},
      {"090-1234-5678", "phone_number", Medium},
      {"電話 03-1234-5678", "phone_number", High},
      {"(02) 2345-6789", "phone_number", Medium},
      {"0912-345-678", "phone_number", Medium},
      {"+1 (415) 555-2671", "phone_number", High},
      {"write to alice@example.org", "email_address", High},
      {"alice.b+c@mail.example.co.jp", "email_address", High},
      {"git@github.com:a/b.git", "email_address", Low},
      {"深圳市南山区科技路12号3栋501室", "postal_address", High},
      {"香港灣仔軒尼詩道88號12樓", "postal_address", High},
      {"台北市信義區松仁路100號", "postal_address", Medium},
      {"東京都千代田区丸の内1-2-3", "postal_address", Medium},
      {"〒100-0001", "postal_address", Medium},
      {"Flat 5B, 88 Nathan Road, Kowloon", "postal_address", High},
      {"221 Example Street, Springfield, IL 62701", "postal_address", Medium},
  };
  expect_found(kCases);
  struct Negative {
    const char* text;
    const char* id;
  };
  constexpr Negative kNegative[] = {
      {"@alice:example.org", "email_address"}, {"logo@2x.png", "email_address"},
      {"user@localhost", "email_address"},     {"react@18.2.0", "email_address"},
      {"192.168.100.200", "phone_number"},     {"1732230000000", "phone_number"},
      {"2024-11-21 23:19:38", "phone_number"}, {"call 911", "phone_number"},
      {"10月3號見", "postal_address"},         {"3 new features Street smart", "postal_address"},
      {"第3号文件", "postal_address"},         {"version 12 Next Door Road", "phone_number"},
  };
  for (const auto& c : kNegative)
    EXPECT_FALSE(confidence_of(c.text, c.id)) << c.text << ": " << listed(c.text);
}

TEST(CredentialDetectors, FindKeysTokensAndPasswords) {
  const std::string github = "ghp_" + std::string("16C7e42F292c6912E7710c838347Ae178B4a");
  const std::string slack = std::string("xoxb-") + "263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1";
  const std::string google = std::string("AIza") + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe";
  const std::string jwt =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_"
      "XgL0n3I9PlFUP0THsR8U";
  const std::string aws = std::string("AKIA") + "IOSFODNN7EXAMPLE";
  const std::string secret = std::string("wJalrXUtnFEMI/K7MDENG") + "/bPxRfiCYEXAMPLEKEY";
  EXPECT_EQ(listed("token " + github), "access_token high");
  EXPECT_EQ(listed(slack), "access_token high");
  EXPECT_EQ(listed("key=" + google), "access_token high");
  EXPECT_EQ(listed("use " + jwt + " now"), "json_web_token high");
  EXPECT_EQ(listed(aws), "aws_key high");
  EXPECT_THAT(listed("aws secret: " + secret), ::testing::HasSubstr("aws_key high"));
  EXPECT_EQ(listed(secret), "");
  EXPECT_EQ(listed("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----"), "private_key high");
  EXPECT_EQ(listed("-----BEGIN OPENSSH PRIVATE KEY-----"), "private_key high");
  EXPECT_EQ(listed("-----BEGIN CERTIFICATE-----"), "");
  EXPECT_EQ(listed("password: Tr0ub4dor&3"), "password high");
  EXPECT_EQ(listed("密码是abc12345"), "password medium");
  EXPECT_EQ(listed("パスワードは xK9-pl2Q です"), "password high");
  EXPECT_EQ(listed("DB_PASSWORD=hunter2x9"), "password medium");
  EXPECT_EQ(listed("pwd=S3cret!x"), "password high");
  for (const auto* text : {"password: please ask Anna", "password: ********", "password=${DB_PASSWORD}",
                           "the password expired yesterday", "token: none", "eyJhbGci.notjson.x",
                           "d41d8cd98f00b204e9800998ecf8427e", "550e8400-e29b-41d4-a716-446655440000",
                           "https://example.org/a-very-long-path/with-many-words-in-it/index.html",
                           "sk-learn-and-other-packages-are-installed-now", "AKIA is a prefix"}) {
    EXPECT_EQ(listed(text), "") << text;
  }
}

TEST(MedicalDetector, NeedsADiagnosisAndAPatient) {
  constexpr Positive kCases[] = {
      {"The patient was diagnosed with type 2 diabetes.", "medical_information", High},
      {"He was hospitalised for pneumonia", "medical_information", Medium},
      {"患者确诊为肺癌,正在接受治疗", "medical_information", High},
      {"病人患有抑鬱症,需要服藥", "medical_information", High},
      {"田中さんはうつ病と診断されました", "medical_information", Medium},
      {"主治医によると糖尿病です", "medical_information", Medium},
      {"cancer research funding", "medical_information", Low},
      {"癌症基金会", "medical_information", Low},
  };
  expect_found(kCases);
  EXPECT_EQ(listed("the patient is waiting"), "");
  EXPECT_EQ(listed("Please review the depressing budget"), "");
}

TEST(Marks, ConferConfidenceByTheirPlace) {
  constexpr Positive kCases[] = {
      {"CONFIDENTIAL\nBoard paper", "classification_mark_confidential", High},
      {"[Confidential] plan", "classification_mark_confidential", High},
      {"【机密】关于预算", "classification_mark_confidential", High},
      {"*** TOP SECRET ***", "classification_mark_secret", High},
      {"密级:绝密", "classification_mark_secret", High},
      {"Classification: Internal", "classification_mark_internal", High},
      {"極秘\n新製品", "classification_mark_secret", High},
      {"社外秘:来期計画", "classification_mark_confidential", High},
      {"※取扱注意※", "classification_mark_confidential", High},
      {"this is STRICTLY CONFIDENTIAL material", "classification_mark_confidential", Medium},
      {"内部资料 ★ 请勿外传", "classification_mark_internal", High},
      {"it is secret.", "classification_mark_secret", Low},
      {"本件は機密です", "classification_mark_confidential", Low},
      {"我们内部讨论一下", "classification_mark_internal", Low},
  };
  expect_found(kCases);
  EXPECT_EQ(listed("the secretary of the confidentiality board"), "");
}

TEST(Evasion, DoesNotHideNumbers) {
  constexpr Positive kCases[] = {
      {"4111/1111/1111/1111", "payment_card", High},
      {"4*1*1*1*1*1*1*1*1*1*1*1*1*1*1*1", "payment_card", High},
      {"4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1", "payment_card", High},
      {"4111😀1111😂1111🚀1111", "payment_card", High},
      {"4111→1111→1111→1111", "payment_card", High},
      {"4111 = 1111 = 1111 = 1111", "payment_card", High},
      {"4111\n1111\n1111\n1111", "payment_card", High},
      {"4️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣", "payment_card", High},
      {"肆壹壹壹 壹壹壹壹 一一一一 1111", "payment_card", High},
      {"4111一一一一1111壹壹壹壹", "payment_card", High},
      {"110105/19491231/002X", "prc_resident_identity", High},
      {"护照E一二三四五六七八", "prc_passport", Medium},
      {"电话一三八〇〇一三八〇〇〇", "phone_number", High},
      {"Ａ１２３４５６７８９", "taiwan_identity_card", Medium},
      {"A12\u200B3456789", "taiwan_identity_card", Medium},
      {"ＧＢ８２ＷＥＳＴ１２３４５６９８７６５４３２", "iban", High},
      {"GB82 WEST\n1234 5698\n7654 32", "iban", High},
      {"ｐａｓｓｗｏｒｄ：Tr0ub4dor&3", "password", High},
      {"机 密\n预算", "classification_mark_confidential", High},
      {"ali\u200Bce@exam\u200Bple.org", "email_address", High},
  };
  expect_found(kCases);
}

TEST(Evasion, ColumnsAndListsAreNoNumbers) {
  for (const auto* text : {"1,234,567,890,123,456", "51234567, 61234567", "4111, 1111, 222, 1111 and 17",
                           "1/2/3/4/5/6/7/8/9/10/11/12", "10:30:45 11:20:30 12:00:00"}) {
    EXPECT_FALSE(confidence_of(text, "payment_card")) << text;
    EXPECT_FALSE(confidence_of(text, "prc_resident_identity")) << text;
  }
}

TEST(Weighing, AWordTellsOfTheNumberNextToIt) {
  // The words for an account stand nearer to the account than to the phone.
  EXPECT_EQ(confidence_of("电话 13800138000 账号 6013820800012345", "bank_account"), Medium);
  // Twelve digits that pass the check of a Japanese number, where the words tell of an account or a licence.
  EXPECT_EQ(confidence_of("account number 123456789018", "bank_account"), Medium);
  EXPECT_FALSE(confidence_of("account number 123456789018", "jp_individual_number"));
  EXPECT_FALSE(confidence_of("xoxb-123456789018-abc", "jp_individual_number"));
  EXPECT_FALSE(confidence_of("123-456789-018", "jp_individual_number"));
  const auto found = found_in("Passport E12345678");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(reasons_text(found[0]), ::testing::HasSubstr("'passport' at distance 1"));
  EXPECT_EQ(confidence_of("passport " + std::string(200, 'x') + " E12345678", "prc_passport"), Low);
}

TEST(BuiltInDetection, ManyOfOneKindDoNotHideAnother) {
  std::string text;
  for (int i = 0; i < 2500; ++i) text += "a" + std::to_string(i) + "@example.org, ";
  text += "GB82WEST12345698765432";
  EXPECT_TRUE(confidence_of(text, "iban").has_value());
}

TEST(BuiltInDetection, LongTextsOfNothingButTriggersAreBounded) {
  for (const std::string piece :
       {"password ", "@", "a@b.", "-----BEGIN ", "eyJ.", "1 ", "号1号", "secret\n", "癌病人", "E1 "}) {
    std::string text;
    while (text.size() < 20'000) text += piece;
    std::vector<Candidate> found;
    EXPECT_TRUE(detection().find(text, found)) << piece;
  }
}

}  // namespace
}  // namespace kuramori::governance
