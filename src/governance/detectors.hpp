// The built-in detectors: each is named here once, with what it is called, where its rules come from and how
// far it is believed when nothing else speaks for or against it.
//
//   for (const DetectorInfo& info : detector_registry()) print(info.id, info.source);
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "governance/decision.hpp"

namespace kuramori::governance {

enum class Detector : std::uint8_t {
  HkIdentityCard,  // the first four in the order of NumberKind
  PrcResidentIdentity,
  PaymentCard,
  JpIndividualNumber,
  PrcPassport,
  HkMacaoTravelPermit,
  TaiwanTravelPermit,
  TaiwanIdentityCard,
  TaiwanResidentCertificate,
  TaiwanPassport,
  JpCorporateNumber,
  JpDrivingLicence,
  UsSocialSecurity,
  UkNationalInsurance,
  Iban,
  BankAccount,
  Salary,
  PhoneNumber,
  EmailAddress,
  PostalAddress,
  MedicalInformation,
  AwsKey,
  PrivateKey,
  AccessToken,
  JsonWebToken,
  Password,
  MarkSecret,
  MarkConfidential,
  MarkInternal,
};
constexpr std::size_t kDetectors = static_cast<std::size_t>(Detector::MarkInternal) + 1;

// A bit per detector.
using DetectorSet = std::uint64_t;
constexpr DetectorSet bit(Detector detector) {
  return DetectorSet{1} << static_cast<unsigned>(detector);
}
// Numbers that carry a checksum, so that pieces of them are hardly ever put together by chance.
constexpr DetectorSet kCheckedNumbers =
    bit(Detector::HkIdentityCard) | bit(Detector::PrcResidentIdentity) | bit(Detector::PaymentCard) |
    bit(Detector::JpIndividualNumber) | bit(Detector::TaiwanIdentityCard) |
    bit(Detector::TaiwanResidentCertificate) | bit(Detector::JpCorporateNumber) |
    bit(Detector::JpDrivingLicence) | bit(Detector::Iban);

constexpr DetectorSet kAllDetectors = (DetectorSet{1} << kDetectors) - 1;

// What a text is about, told by the words in it.
enum class Topic : std::uint8_t {
  Identity,
  Passport,
  TravelPermit,
  TaiwanPermit,
  Taiwan,
  MyNumber,
  CorporateNumber,
  DrivingLicence,
  SocialSecurity,
  NationalInsurance,
  Card,
  Bank,
  Salary,
  Phone,
  Mail,
  Address,
  Patient,
  Diagnosis,
  Aws,
  Credential,
  SecretMark,
  ConfidentialMark,
  InternalMark,
  MarkLabel,
  Reference,  // order numbers, versions, times: speaks against a personal number
};
using TopicSet = std::uint32_t;
constexpr TopicSet bit(Topic topic) {
  return TopicSet{1} << static_cast<unsigned>(topic);
}

enum class NeedsContext : bool { No, Yes };
// Gives way where a finding that is believed at least as much covers the same place.
enum class Yields : bool { No, Yes };

struct DetectorInfo {
  Detector detector;
  std::string_view id;
  Confidence confidence;  // without context
  NeedsContext context;   // found only near one of the words of its topics
  Yields yields;
  TopicSet topics;          // words that speak for it
  std::string_view source;  // standard or law that describes it
};

// In the order of Detector.
std::span<const DetectorInfo> detector_registry();
inline const DetectorInfo& info(Detector detector) {
  return detector_registry()[static_cast<std::size_t>(detector)];
}
const Explanation& display_names(Detector detector);

std::string_view to_string(Confidence confidence);
std::optional<Confidence> confidence_named(std::string_view name);

}  // namespace kuramori::governance
