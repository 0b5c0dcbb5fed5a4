#include "governance/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kuramori::governance {
namespace {

TEST(HkIdentity, AcceptsValidNumbers) {
  for (const auto* number :
       {"A1234563", "G123456A", "AB9876543", "C1234569", "K1234560", "Z683365A", "WX1234569"}) {
    EXPECT_TRUE(is_hk_identity(number)) << number;
  }
}

TEST(HkIdentity, ExactlyOneCheckDigitIsRight) {
  for (const std::string prefix : {"A123456", "Z999999", "K000000", "AB987654", "WX123456"}) {
    int right = 0;
    for (const char check : std::string_view("0123456789A")) right += is_hk_identity(prefix + check) ? 1 : 0;
    EXPECT_EQ(right, 1) << prefix;
  }
}

TEST(HkIdentity, RefusesOtherShapes) {
  for (const auto* number : {"", "A", "A123456", "A1234564", "a1234563", "11234563", "ABC1234563", "A12345B3",
                             "A123456B", "A12345633"}) {
    EXPECT_FALSE(is_hk_identity(number)) << number;
  }
}

TEST(PrcResidentIdentity, AcceptsValidNumbers) {
  for (const auto* number : {"11010519491231002X", "440524188001010014", "110101199003072316",
                             "310101198512150012", "44030120010203123X"}) {
    EXPECT_TRUE(is_prc_resident_identity(number)) << number;
  }
}

TEST(PrcResidentIdentity, RefusesWrongCheckDateRegionOrShape) {
  for (const auto* number : {
           "110105194912310021",   // check digit
           "11010519491231002x",   // capitals only at this level
           "110105194913310029",   // month 13
           "110105194902300026",   // 30 February
           "990105194912310020",   // region 99
           "1101051949123100",     // short
           "11010519491231002X0",  // long
           "1101051949123100AX",
       }) {
    EXPECT_FALSE(is_prc_resident_identity(number)) << number;
  }
}

// With a right check character the date and the region alone decide.
std::string with_check(std::string seventeen) {
  for (const char check : std::string_view("0123456789X")) {
    static constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = check == 'X' ? 10 : check - '0';
    for (std::size_t i = 0; i < 17; ++i) sum += (seventeen[i] - '0') * kWeights[i];
    if (sum % 11 == 1) return seventeen + check;
  }
  return seventeen;
}

TEST(PrcResidentIdentity, ChecksTheDateAndTheRegion) {
  EXPECT_TRUE(is_prc_resident_identity(with_check("11010520000229001")));   // leap day of 2000
  EXPECT_FALSE(is_prc_resident_identity(with_check("11010519000229001")));  // 1900 was no leap year
  EXPECT_FALSE(is_prc_resident_identity(with_check("11010520010431001")));  // 31 April
  EXPECT_TRUE(is_prc_resident_identity(with_check("81000019970701001")));   // residence permit, Hong Kong
  EXPECT_FALSE(is_prc_resident_identity(with_check("16010519900101001")));  // no such province
}

TEST(PaymentCard, AcceptsTestNumbersOfEachScheme) {
  for (const auto* number :
       {"4111111111111111", "4012888888881881", "5555555555554444", "5105105105105100", "2223003122003222",
        "378282246310005", "371449635398431", "30569309025904", "38520000023237", "6011111111111117",
        "3530111333300000", "620000000000000005", "6222021000000000009", "6217000010000000003"}) {
    EXPECT_TRUE(is_payment_card(number)) << number;
  }
}

TEST(PaymentCard, RefusesWrongChecksumPrefixOrLength) {
  for (const auto* number : {
           "4111111111111112",  // Luhn
           "411111111111111",   // fifteen digits of Visa
           "1234567812345670",  // Luhn right, no scheme
           "0000000000000000",
           "9111111111111111",
           "4111 1111 1111 1111",
       }) {
    EXPECT_FALSE(is_payment_card(number)) << number;
  }
}

TEST(JpIndividualNumber, OneCheckDigitIsRight) {
  EXPECT_TRUE(is_jp_individual_number("123456789018"));
  int right = 0;
  for (char check = '0'; check <= '9'; ++check) {
    right += is_jp_individual_number(std::string("12345678901") + check) ? 1 : 0;
  }
  EXPECT_EQ(right, 1);
  EXPECT_FALSE(is_jp_individual_number("12345678901"));
}

}  // namespace
}  // namespace kuramori::governance
