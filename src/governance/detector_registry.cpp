#include "governance/detectors.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::governance {

namespace {

using enum Detector;
using enum Confidence;

constexpr TopicSet topics(std::same_as<Topic> auto... names) {
  return (bit(names) | ... | TopicSet{0});
}
constexpr auto kNo = NeedsContext::No;
constexpr auto kYes = NeedsContext::Yes;
constexpr auto kFirm = Yields::No;
constexpr auto kWeak = Yields::Yes;

constexpr auto kRegistry = std::to_array<DetectorInfo>({
    {HkIdentityCard, "hk_identity_card", Medium, kNo, kFirm, topics(Topic::Identity),
     "Hong Kong Registration of Persons Regulations (Cap. 177A); check digit modulo 11"},
    {PrcResidentIdentity, "prc_resident_identity", High, kNo, kFirm, topics(Topic::Identity),
     "GB 11643-1999 (18 digits, ISO 7064 MOD 11-2) and GB 11643-1989 (15 digits); GB/T 2260"},
    {PaymentCard, "payment_card", High, kNo, kFirm, topics(Topic::Card, Topic::Bank),
     "ISO/IEC 7812-1 (Luhn) and the issuer ranges in use"},
    {JpIndividualNumber, "jp_individual_number", Medium, kNo, kWeak, topics(Topic::MyNumber),
     "Japan, Act No. 27 of 2013; Order of the Ministry of Internal Affairs No. 85 of 2014, art. 5"},
    {PrcPassport, "prc_passport", Low, kNo, kWeak, topics(Topic::Passport),
     "National Immigration Administration: forms of passport numbers; ICAO Doc 9303"},
    {HkMacaoTravelPermit, "hk_macao_travel_permit", Low, kNo, kWeak, topics(Topic::TravelPermit),
     "National Immigration Administration: mainland travel permits of Hong Kong and Macao residents"},
    {TaiwanTravelPermit, "taiwan_travel_permit", Low, kYes, kWeak, topics(Topic::TaiwanPermit),
     "National Immigration Administration: mainland travel permits of Taiwan residents"},
    {TaiwanIdentityCard, "taiwan_identity_card", Medium, kNo, kFirm, topics(Topic::Identity, Topic::Taiwan),
     "Taiwan, Household Registration Act: national identification number; check digit modulo 10"},
    {TaiwanResidentCertificate, "taiwan_resident_certificate", Medium, kNo, kFirm,
     topics(Topic::Identity, Topic::Taiwan),
     "Taiwan, National Immigration Agency: unified number of residents (new form of 2021 and the old one)"},
    {TaiwanPassport, "taiwan_passport", Low, kYes, kWeak, topics(Topic::Passport),
     "Taiwan, Bureau of Consular Affairs: nine digits; ICAO Doc 9303"},
    {JpCorporateNumber, "jp_corporate_number", Low, kNo, kWeak, topics(Topic::CorporateNumber),
     "Japan, Order of the Ministry of Finance No. 70 of 2014: check digit modulo 9"},
    {JpDrivingLicence, "jp_driving_licence", Low, kYes, kWeak, topics(Topic::DrivingLicence),
     "Japan, National Police Agency: form of driving licence numbers; check digit modulo 11"},
    {UsSocialSecurity, "us_social_security", Low, kNo, kWeak, topics(Topic::SocialSecurity),
     "United States Social Security Administration, POMS RM 10201: numbers never assigned"},
    {UkNationalInsurance, "uk_national_insurance", Medium, kNo, kFirm, topics(Topic::NationalInsurance),
     "HM Revenue & Customs, NIM39110: prefixes in use"},
    {Iban, "iban", High, kNo, kFirm, topics(Topic::Bank),
     "ISO 13616-1 (ISO 7064 MOD 97-10) and its registry"},
    {BankAccount, "bank_account", Low, kYes, kWeak, topics(Topic::Bank),
     "no common form: a number of 7 to 17 digits beside a word for a bank account"},
    {Salary, "salary", Medium, kNo, kFirm, 0, "an amount of money beside a word for pay"},
    {PhoneNumber, "phone_number", Medium, kNo, kWeak, topics(Topic::Phone),
     "ITU-T E.164 and the numbering plans of Hong Kong, the mainland, Japan and Taiwan"},
    {EmailAddress, "email_address", High, kNo, kFirm, topics(Topic::Mail), "RFC 5321, section 4.1.2"},
    {PostalAddress, "postal_address", Medium, kNo, kFirm, topics(Topic::Address),
     "customary forms: Hong Kong, mainland, Taiwan, Japan, English street addresses (UPU S42)"},
    {MedicalInformation, "medical_information", Medium, kNo, kFirm, 0,
     "word lists of this product: a diagnosis beside words for a patient or a treatment"},
    {AwsKey, "aws_key", High, kNo, kFirm, topics(Topic::Aws),
     "AWS Identity and Access Management: prefixes of unique identifiers"},
    {PrivateKey, "private_key", High, kNo, kFirm, 0, "RFC 7468 and the formats of OpenSSH and OpenPGP"},
    {AccessToken, "access_token", High, kNo, kFirm, topics(Topic::Credential),
     "prefixes published by those who issue the tokens"},
    {JsonWebToken, "json_web_token", High, kNo, kFirm, 0, "RFC 7519, RFC 7515 section 3"},
    {Password, "password", Medium, kNo, kFirm, 0,
     "a value of mixed characters after a word for a password or key"},
    {MarkSecret, "classification_mark_secret", Low, kNo, kFirm, topics(Topic::MarkLabel),
     "Law of the PRC on Guarding State Secrets, art. 14; usage of companies"},
    {MarkConfidential, "classification_mark_confidential", Low, kNo, kFirm, topics(Topic::MarkLabel),
     "Law of the PRC on Guarding State Secrets, art. 14; usage of companies"},
    {MarkInternal, "classification_mark_internal", Low, kNo, kFirm, topics(Topic::MarkLabel),
     "usage of companies"},
});
static_assert(kRegistry.size() == kDetectors);
constexpr bool in_order() {
  for (std::size_t i = 0; i < kRegistry.size(); ++i) {
    if (static_cast<std::size_t>(kRegistry[i].detector) != i) return false;
  }
  return true;
}
static_assert(in_order());

constexpr auto kIds = [] {
  std::array<std::string_view, kDetectors> ids{};
  for (std::size_t i = 0; i < kDetectors; ++i) ids[i] = kRegistry[i].id;
  return ids;
}();

constexpr std::array<std::string_view, kConfidences> kConfidenceNames{"low", "medium", "high"};

}  // namespace

std::span<const DetectorInfo> detector_registry() {
  return kRegistry;
}
std::span<const std::string_view> built_in_detectors() {
  return kIds;
}

std::string_view to_string(Confidence confidence) {
  return kConfidenceNames[static_cast<std::size_t>(confidence)];
}
std::optional<Confidence> confidence_named(std::string_view name) {
  for (std::size_t i = 0; i < kConfidences; ++i) {
    if (kConfidenceNames[i] == name) return static_cast<Confidence>(i);
  }
  return std::nullopt;
}

const Explanation& display_names(Detector detector) {
  // In the order of Detector.
  static const std::array<Explanation, kDetectors> kNames{{
      {"a Hong Kong identity card number", "香港身份证号码", "香港身份證號碼", "香港の身分証番号"},
      {"a PRC resident identity number", "居民身份证号码", "內地居民身份證號碼", "中国の居民身分証番号"},
      {"a payment card number", "支付卡号码", "支付卡號碼", "クレジットカードなどの決済カード番号"},
      {"a Japanese individual number", "日本个人编号(My Number)", "日本個人編號(My Number)",
       "マイナンバー(個人番号)"},
      {"a PRC passport number", "中国护照号码", "中國護照號碼", "中国のパスポート番号"},
      {"a travel permit number of Hong Kong or Macao", "港澳居民来往内地通行证号码",
       "港澳居民來往內地通行證號碼", "香港・マカオの通行証番号"},
      {"a travel permit number of Taiwan", "台湾居民来往大陆通行证号码", "台灣居民來往大陸通行證號碼",
       "台湾居民の通行証番号"},
      {"a Taiwan identity card number", "台湾身份证号码", "台灣身分證字號", "台湾の身分証番号"},
      {"a Taiwan resident certificate number", "台湾居留证号码", "台灣居留證統一證號", "台湾の居留証番号"},
      {"a Taiwan passport number", "台湾护照号码", "台灣護照號碼", "台湾のパスポート番号"},
      {"a Japanese corporate number", "日本法人编号", "日本法人編號", "法人番号"},
      {"a Japanese driving licence number", "日本驾驶执照号码", "日本駕駛執照號碼", "運転免許証番号"},
      {"a US social security number", "美国社会安全号码", "美國社會安全號碼", "米国の社会保障番号"},
      {"a UK national insurance number", "英国国民保险号码", "英國國民保險號碼", "英国の国民保険番号"},
      {"an international bank account number (IBAN)", "国际银行账号(IBAN)", "國際銀行帳號(IBAN)",
       "国際銀行口座番号(IBAN)"},
      {"a bank account number", "银行账号", "銀行帳號", "銀行口座番号"},
      {"a salary", "薪酬金额", "薪酬金額", "給与の金額"},
      {"a phone number", "电话号码", "電話號碼", "電話番号"},
      {"an e-mail address", "电子邮箱地址", "電郵地址", "メールアドレス"},
      {"a postal address", "通信地址", "通訊地址", "住所"},
      {"medical information", "医疗健康信息", "醫療健康資料", "医療・健康に関する情報"},
      {"an AWS access key", "AWS 访问密钥", "AWS 存取金鑰", "AWS のアクセスキー"},
      {"a private key", "私钥", "私密金鑰", "秘密鍵"},
      {"an access token", "访问令牌", "存取權杖", "アクセストークン"},
      {"a JSON Web Token", "JSON Web Token 令牌", "JSON Web Token 權杖", "JSON Web Token"},
      {"a password or key", "密码或密钥", "密碼或金鑰", "パスワードまたは鍵"},
      {"a mark of secrecy", "绝密或秘密标识", "絕密或秘密標記", "極秘などの表示"},
      {"a mark of confidentiality", "机密标识", "機密標記", "機密・社外秘などの表示"},
      {"a mark for internal use", "内部资料标识", "內部資料標記", "社内限りなどの表示"},
  }};
  return kNames[static_cast<std::size_t>(detector)];
}

}  // namespace kuramori::governance
